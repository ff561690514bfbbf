import type { ProxyConfig } from '../config/config.ts'
import { issuersOf, keySourceOptions } from '../config/issuers.ts'
import type { Clock } from '../lib/clock.ts'
import { DenyList } from '../token/deny-list.ts'
import { createVerifiedTokens } from '../token/verified-tokens.ts'
import { createVerifier } from '../token/verifier.ts'
import type { Events } from './wire-events.ts'
import { startKeySource } from './wire-keys.ts'

const deniedKeysMax = 1000

/** Who is believed: the identity providers' keys, and the memory of tokens that were verified with them. */
export function trustIssuers(config: ProxyConfig, clock: Clock, events: Events) {
  const options = keySourceOptions(config.keys)
  const issuers = issuersOf(config.issuers).map(issuer => startKeySource(issuer, options, clock, events))
  const denyList = new DenyList({ keysPerIssuerMax: deniedKeysMax })
  for (const { issuer, keyId } of config.deniedKeys) denyList.withdraw(issuer, keyId)
  const verifier = createVerifiedTokens({
    verifier: createVerifier({ issuers, denyList, clock, tokenLengthMax: config.bounds.tokenBytes }),
    denyList,
    clock,
    tokensMax: config.bounds.tokensRemembered,
    events: events.tokens,
  })
  return {
    verifier,
    started: Promise.all(issuers.map(({ started }) => started)),
    close: () => Promise.all(issuers.map(({ keys }) => keys.close())),
  }
}
