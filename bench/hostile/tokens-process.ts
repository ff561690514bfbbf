import { keySourceOptions } from '../../src/config/issuers.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import { KeySource } from '../../src/token/key-source.ts'
import { Revocations } from '../../src/token/revocations.ts'
import { createVerifiedTokens } from '../../src/token/verified-tokens.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import { configText, proxyConfig } from '../../test/support/config-text.ts'
import { answerOrders } from '../load/answer-orders.ts'
import { issuer } from './token-stream.ts'
import { UsageWatch } from './usage.ts'

export type TokenOrder =
  /** Verifies all of them, a few at a time, and expects the same of all. Answers null. */
  | { readonly do: 'verify'; readonly tokens: readonly string[]; readonly good: boolean }
  /** Answers Usage. */
  | { readonly do: 'usage' }

/** The verifier and the memory of verified tokens of a sidecar, bounded as by default, in a process of their own. */
const together = 32
const keySet = process.argv[2]!
const { bounds, keys: keyBounds } = proxyConfig(configText({}))
const clock = systemClock
const ignore = () => {}
const keys = new KeySource(issuer, keySourceOptions(keyBounds), {
  clock,
  keySet: { fetch: async () => keySet, close: async () => {} },
  random: Math.random,
  events: { onFetched: ignore, onFetchFailed: ignore },
})
await keys.start()
const denyList = new DenyList({ keysPerIssuerMax: 100 })
const revocations = new Revocations({
  issuers: new Set([issuer.issuer]),
  denyList,
  clock,
  skewMs: issuer.clockSkewMs,
  perKindMax: bounds.revocations,
})
revocations.complete()
const verifier = createVerifiedTokens({
  verifier: createVerifier({
    issuers: [{ issuer, keys }],
    denyList,
    clock,
    tokenLengthMax: bounds.tokenBytes,
  }),
  denyList,
  revocations,
  clock,
  tokensMax: bounds.tokensRemembered,
  bytesMax: bounds.tokensRememberedBytes,
  events: { onHit: ignore, onMiss: ignore },
})
const watch = new UsageWatch()

answerOrders(async (order: TokenOrder) => {
  if (order.do === 'usage') return watch.read()
  const { tokens, good } = order
  for (let from = 0; from < tokens.length; from += together) {
    const results = await Promise.all(
      tokens.slice(from, from + together).map(token => verifier.verify(token)),
    )
    if (results.some(result => isRefused(result) === good))
      throw new Error(good ? 'a good token was refused' : 'a bad token was taken')
  }
  return null
})
