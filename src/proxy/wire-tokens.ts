import type { ControlCaller } from '../access/control-caller.ts'
import { createControlRevocations } from '../access/control-revocations.ts'
import type { ProxyConfig } from '../config/config.ts'
import { issuersOf, keySourceOptions } from '../config/issuers.ts'
import type { Clock } from '../lib/clock.ts'
import { DenyList } from '../token/deny-list.ts'
import { startRevocationLoader } from '../token/revocation-loader.ts'
import { Revocations } from '../token/revocations.ts'
import { createVerifiedTokens } from '../token/verified-tokens.ts'
import { createVerifier } from '../token/verifier.ts'
import type { Events } from './wire-events.ts'
import { startKeySource } from './wire-keys.ts'

const deniedKeysMax = 1000
const revocationsOfPage = 500
const revocationsRetry = { delayMsMin: 100, delayMsMax: 5000 }

export type TokenPorts = { readonly caller: ControlCaller; readonly clock: Clock; readonly events: Events }

/** Who is believed: the identity providers' keys, what is revoked, and the memory of tokens that were verified. */
export function trustIssuers(config: ProxyConfig, { caller, clock, events }: TokenPorts) {
  const options = keySourceOptions(config.keys)
  const issuers = issuersOf(config.issuers).map(issuer => startKeySource(issuer, options, clock, events))
  const denyList = new DenyList({ keysPerIssuerMax: deniedKeysMax })
  for (const { issuer, keyId } of config.deniedKeys) denyList.withdraw(issuer, keyId)
  const revocations = new Revocations({
    issuers: new Set(config.issuers.map(({ issuer }) => issuer)),
    denyList,
    clock,
    skewMs: Math.max(...issuers.map(({ issuer }) => issuer.clockSkewMs)),
    perKindMax: config.bounds.revocations,
  })
  const loader = startRevocationLoader({
    source: createControlRevocations({
      caller,
      deadlineMs: config.control.listTimeoutMs,
      pageMax: revocationsOfPage,
    }),
    revocations,
    clock,
    everyMs: config.control.revocationsMs,
    retry: revocationsRetry,
    events: events.revocations,
  })
  events.watchRevocations(revocations, loader)
  const verifier = createVerifiedTokens({
    verifier: createVerifier({ issuers, denyList, clock, tokenLengthMax: config.bounds.tokenBytes }),
    denyList,
    revocations,
    clock,
    tokensMax: config.bounds.tokensRemembered,
    bytesMax: config.bounds.tokensRememberedBytes,
    events: events.tokens,
  })
  return {
    verifier,
    denyList,
    revocations,
    /** To be called when the feed may have left out some. */
    reloadRevocations: loader.reload,
    started: Promise.all([...issuers.map(({ started }) => started), loader.started]),
    close() {
      loader.close()
      return Promise.all(issuers.map(({ keys }) => keys.close()))
    },
  }
}
