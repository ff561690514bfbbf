import type { Test } from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Issuer } from '../../src/token/issuer.ts'
import { createKeySetFetch } from '../../src/token/key-set-fetch.ts'
import type { KeySourceOptions } from '../../src/token/key-source.ts'
import { KeySource } from '../../src/token/key-source.ts'
import { Revocations } from '../../src/token/revocations.ts'
import { createVerifiedTokens } from '../../src/token/verified-tokens.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import type { ManualClock } from './manual-clock.ts'
import { createManualClock } from './manual-clock.ts'
import type { Json, KeySetServer, TestKey } from './tokens.ts'
import { keySetOf, makeClaims, makeIssuer, makeKey, signToken, startKeySetServer } from './tokens.ts'

export const worldStartMs = 1_700_000_000_000

export const worldOptions: KeySourceOptions & { readonly bodyBytesMax: number } = {
  refreshMs: 300_000,
  retryMs: 500,
  cooldownMs: 30_000,
  missMs: 30_000,
  missesMax: 1000,
  staleMs: 86_400_000,
  timeoutMs: 3000,
  waitersMax: 1000,
  keysMax: 100,
  bodyBytesMax: 524_288,
}

/** One identity provider, and what is known here of its keys. */
export type WorldProvider = {
  readonly issuer: Issuer
  readonly server: KeySetServer
  readonly keys: KeySource
  /** Moves the time on and waits until the fetch that falls due has ended; answers why it failed, or null. */
  readonly refresh: () => Promise<Error | null>
}

/** All of token/ on real sockets: two providers, their key sources, the verifier and its memory. Only the clock is ours. */
export type TokenWorld = {
  readonly clock: ManualClock
  readonly one: WorldProvider
  /** Publishes a key under the id of `worldKeys.ec`, which is another key. */
  readonly two: WorldProvider
  readonly denyList: DenyList
  readonly revocations: Revocations
  /** `good`; else the code of the refusal and its rule, or the code of the fault. */
  readonly verify: (token: string) => Promise<string>
  readonly isRemembered: (token: string) => boolean
  /** How many signatures were checked so far. */
  readonly verifications: () => number
  /** How often any key server was asked so far. */
  readonly fetches: () => number
}

export type WorldKeys = {
  readonly ec: TestKey
  readonly rsa: TestKey
  readonly ed: TestKey
  readonly p384: TestKey
}

export const worldKeys: WorldKeys = {
  ec: makeKey('e1'),
  rsa: makeKey('r1', 'RS256'),
  ed: makeKey('d1', 'EdDSA'),
  p384: makeKey('p1', 'ES384'),
}
/** Signs for the second provider. */
export const otherKey = makeKey('e1')

export type WorldParts = {
  readonly tokensMax?: number
  readonly tokenLengthMax?: number
  readonly options?: Partial<typeof worldOptions>
  /** False leaves the key sets unfetched. */
  readonly starts?: boolean
}

export async function startTokenWorld(t: Test, parts: WorldParts = {}): Promise<TokenWorld> {
  const clock = createManualClock(worldStartMs)
  const options = { ...worldOptions, ...parts.options }
  const one = await startProvider(t, clock, options, keySetOf(...Object.values(worldKeys)))
  const two = await startProvider(t, clock, options, keySetOf(otherKey))
  if (parts.starts !== false) await Promise.all([one.keys.start(), two.keys.start()])
  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  const issuers = [one, two]
  const revocations = new Revocations({
    issuers: new Set(issuers.map(({ issuer }) => issuer.issuer)),
    denyList,
    clock,
    skewMs: 0,
    perKindMax: 100,
  })
  revocations.complete()
  const tokens = createVerifiedTokens({
    verifier: createVerifier({ issuers, denyList, clock, tokenLengthMax: parts.tokenLengthMax ?? 8192 }),
    denyList,
    revocations,
    clock,
    tokensMax: parts.tokensMax ?? 1000,
    bytesMax: 1_000_000,
    events: { onHit() {}, onMiss() {} },
  })
  return {
    clock,
    one,
    two,
    denyList,
    revocations,
    verify: async token => {
      try {
        const result = await tokens.verify(token)
        return isRefused(result) ? `${result.refused} ${result.rule}` : 'good'
      } catch (error) {
        if (error instanceof Fault) return error.code
        throw error
      }
    },
    isRemembered: token => !(tokens.verify(token) instanceof Promise),
    verifications: countVerifications(t),
    fetches: () => one.server.asked.length + two.server.asked.length,
  }
}

/** A token of the first provider that is good unless `more` or `header` spoil it. */
export function tokenOf(world: TokenWorld, key: TestKey, more: Json = {}, header: Json = {}): string {
  return signToken(key, makeClaims(world.one.issuer, worldStartMs, more), header)
}

async function startProvider(
  t: Test,
  clock: ManualClock,
  options: typeof worldOptions,
  body: string,
): Promise<WorldProvider> {
  const server = await startKeySetServer(body)
  const issuer = makeIssuer({
    issuer: `${server.origin}/`,
    jwksUri: `${server.origin}/keys`,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384'],
  })
  let settled = (_: Error | null) => {}
  const keys = new KeySource(issuer, options, {
    clock,
    keySet: createKeySetFetch(issuer, options),
    random: () => 0,
    events: {
      onFetched: () => settled(null),
      onFetchFailed: (_, cause) => settled(cause as Error),
    },
  })
  t.teardown(async () => {
    await keys.close()
    await server.close()
  })
  return {
    issuer,
    server,
    keys,
    refresh: async () => {
      const ended = new Promise<Error | null>(resolve => {
        settled = resolve
      })
      clock.advance(keys.state().isFailing ? options.cooldownMs : options.refreshMs)
      const failure = await ended
      // The next one is scheduled once this one is over.
      await new Promise(resolve => setImmediate(resolve))
      return failure
    },
  }
}

/** Every signature is checked by this one function, whoever calls it. */
function countVerifications(t: Test): () => number {
  const { subtle } = globalThis.crypto
  const verify = subtle.verify.bind(subtle)
  let count = 0
  Object.defineProperty(subtle, 'verify', {
    configurable: true,
    value: (...args: Parameters<typeof verify>) => {
      count += 1
      return verify(...args)
    },
  })
  t.teardown(() => Reflect.deleteProperty(subtle, 'verify'))
  return () => count
}
