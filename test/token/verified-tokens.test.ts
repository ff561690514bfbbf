import type { Test } from 'tap'
import t from 'tap'
import { DenyList } from '../../src/token/deny-list.ts'
import { KeySource } from '../../src/token/key-source.ts'
import { Revocations } from '../../src/token/revocations.ts'
import { createVerifiedTokens } from '../../src/token/verified-tokens.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { revocationOf } from '../support/revocations.ts'
import type { Json } from '../support/tokens.ts'
import { keySetOf, makeClaims, makeIssuer, makeKey, signToken } from '../support/tokens.ts'

const nowMs = 1_700_000_000_000
const issuer = makeIssuer()
const key = makeKey('one')
const refreshMs = 60_000

/** The whole of token/ but its sockets, with one issuer that publishes `key`. */
async function setUp(t: Test, tokensMax = 100, isComplete = true, bytesMax = 1_000_000) {
  const clock = createManualClock(nowMs)
  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  const revocations = new Revocations({
    issuers: new Set([issuer.issuer]),
    denyList,
    clock,
    skewMs: 0,
    perKindMax: 100,
  })
  if (isComplete) revocations.complete()
  const counts = { hits: 0, misses: 0 }
  let body = keySetOf(key)
  let fetched = () => {}
  const keys = new KeySource(
    issuer,
    {
      refreshMs,
      retryMs: 1000,
      cooldownMs: 30_000,
      missMs: 60_000,
      missesMax: 10,
      staleMs: 86_400_000,
      timeoutMs: 5000,
      waitersMax: 10,
      keysMax: 10,
    },
    {
      clock,
      random: () => 0,
      keySet: { fetch: async () => body, close: async () => {} },
      events: { onFetched: () => fetched(), onFetchFailed: () => fetched() },
    },
  )
  t.teardown(() => keys.close())
  await keys.start()
  const verifier = createVerifier({ issuers: [{ issuer, keys }], denyList, clock, tokenLengthMax: 8192 })
  const tokens = createVerifiedTokens({
    verifier,
    denyList,
    revocations,
    clock,
    tokensMax,
    bytesMax,
    events: {
      onHit: () => {
        counts.hits += 1
      },
      onMiss: () => {
        counts.misses += 1
      },
    },
  })
  return {
    clock,
    denyList,
    revocations,
    counts,
    tokens,
    /** Publishes other keys and lets the next refresh bring them. */
    publish: async (next: string) => {
      body = next
      const refreshed = new Promise<void>(resolve => {
        fetched = resolve
      })
      clock.advance(refreshMs)
      await refreshed
    },
  }
}

function tokenOf(more: Json = {}): string {
  return signToken(key, makeClaims(issuer, nowMs, more))
}

t.test('a token is verified once, and answered at once from then on', async t => {
  const { tokens, counts } = await setUp(t)
  const token = tokenOf()
  const first = tokens.verify(token)
  t.ok(first instanceof Promise)
  const claims = await first
  const second = tokens.verify(token)
  t.notOk(second instanceof Promise)
  t.equal(second, claims)
  t.match(second, { subject: 'user-1' })
  t.same(counts, { hits: 1, misses: 1 })
})

t.test('a remembered token is refused once it has expired', async t => {
  const { tokens, clock } = await setUp(t)
  const token = tokenOf({ exp: nowMs / 1000 + 20 })
  await tokens.verify(token)
  clock.advance(29_999)
  t.match(tokens.verify(token), { subject: 'user-1' })
  clock.advance(1)
  t.match(tokens.verify(token), { refused: 'TOKEN_EXPIRED' })
  t.match(await tokens.verify(token), { refused: 'TOKEN_EXPIRED' })
})

t.test('a remembered token is refused at once when its key is withdrawn', async t => {
  const { tokens, denyList } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  denyList.withdraw(issuer.issuer, 'another')
  t.match(tokens.verify(token), { subject: 'user-1' })
  denyList.withdraw(issuer.issuer, 'one')
  t.match(tokens.verify(token), { refused: 'TOKEN_KEY_WITHDRAWN' })
  t.match(await tokens.verify(token), { refused: 'TOKEN_KEY_WITHDRAWN' })
})

t.test('a remembered token is refused after the refresh that no longer brings its key', async t => {
  const { tokens, publish } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  await publish(keySetOf(makeKey('two')))
  t.match(await tokens.verify(token), { refused: 'TOKEN_KEY_UNKNOWN' })
})

t.test('a remembered token is verified anew when another key has taken the id of its key', async t => {
  const { tokens, publish } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  await publish(keySetOf(makeKey('one')))
  t.match(await tokens.verify(token), { refused: 'TOKEN_SIGNATURE_INVALID' })
})

t.test('a remembered token stays remembered over a refresh that changes nothing for it', async t => {
  const { tokens, publish, counts } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  await publish(keySetOf(makeKey('two'), key))
  t.match(tokens.verify(token), { subject: 'user-1' })
  t.same(counts, { hits: 1, misses: 1 })
})

t.test('no more tokens are remembered than the bound, and those in use stay', async t => {
  const { tokens, counts } = await setUp(t, 3)
  const all = Array.from({ length: 4 }, (_, index) => tokenOf({ sub: `user-${index}` }))
  for (const token of all.slice(0, 3)) await tokens.verify(token)
  t.notOk(tokens.verify(all[0]!) instanceof Promise)
  await tokens.verify(all[3]!)
  t.notOk(tokens.verify(all[0]!) instanceof Promise)
  t.ok(tokens.verify(all[1]!) instanceof Promise, 'the one not used for longest made room')
  t.same(counts, { hits: 2, misses: 5 })
})

t.test('what is remembered takes no more memory than the bound, however much the tokens claim', async t => {
  const { tokens } = await setUp(t, 100, true, 3000)
  const isRemembered = (token: string) => !(tokens.verify(token) instanceof Promise)
  const small = Array.from({ length: 4 }, (_, index) => tokenOf({ sub: `user-${index}` }))
  for (const token of small) await tokens.verify(token)
  t.ok(small.every(isRemembered))
  await tokens.verify(tokenOf({ sub: 's'.repeat(255), sid: 'i'.repeat(255) }))
  t.same(small.map(isRemembered), [false, true, true, true], 'one that claims more makes one go')
})

t.test('what is longest in a token is not what is remembered of it', async t => {
  const { tokens } = await setUp(t, 100, true, 3000)
  const long = Array.from({ length: 4 }, (_, index) =>
    tokenOf({ sub: `user-${index}`, more: 'x'.repeat(5000) }),
  )
  for (const token of long) await tokens.verify(token)
  for (const token of long) t.notOk(tokens.verify(token) instanceof Promise)
})

t.test('a token that failed is not remembered, and evicts nobody', async t => {
  const { tokens, counts } = await setUp(t, 2)
  const token = tokenOf()
  await tokens.verify(token)
  for (let index = 0; index < 10; index += 1) {
    const forged = signToken(makeKey('one'), makeClaims(issuer, nowMs, { sub: `user-${index}` }))
    t.match(await tokens.verify(forged), { refused: 'TOKEN_SIGNATURE_INVALID' })
    t.match(await tokens.verify('garbage'), { refused: 'TOKEN_MALFORMED' })
  }
  t.match(tokens.verify(token), { subject: 'user-1' })
  t.equal(counts.hits, 1)
})

t.test('two tokens that differ only in their signature are two tokens', async t => {
  const { tokens } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.alloc(64, 1).toString('base64url')}`
  t.match(await tokens.verify(forged), { refused: 'TOKEN_SIGNATURE_INVALID' })
  t.match(await tokens.verify(`${token}A`), { refused: 'TOKEN_SIGNATURE_INVALID' })
})

const principal = {
  kind: 'principal',
  issuer: issuer.issuer,
  subject: 'user-1',
  tenantId: null,
  notBeforeMs: nowMs,
} as const

t.test('a remembered token is refused at once when its principal is revoked, and not remembered', async t => {
  const { tokens, revocations, counts } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  revocations.add(revocationOf({ ...principal, subject: 'user-2' }))
  t.match(tokens.verify(token), { subject: 'user-1' })
  revocations.add(revocationOf(principal))
  t.match(tokens.verify(token), { refused: 'TOKEN_REVOKED' })
  t.match(await tokens.verify(token), { refused: 'TOKEN_REVOKED' })
  t.same(counts, { hits: 1, misses: 2 })
})

t.test('a token seen for the first time is refused when its session was revoked before', async t => {
  const { tokens, revocations } = await setUp(t)
  const session = { kind: 'session', issuer: issuer.issuer, sessionId: 's1', notBeforeMs: nowMs } as const
  revocations.add(revocationOf(session))
  t.match(await tokens.verify(tokenOf({ sid: 's1' })), { refused: 'TOKEN_REVOKED' })
  t.match(await tokens.verify(tokenOf({ sid: 's2' })), { subject: 'user-1' })
})

t.test('who signs in again after the revocation is let in', async t => {
  const { tokens, revocations, clock } = await setUp(t)
  revocations.add(revocationOf(principal))
  clock.advance(1000)
  t.match(await tokens.verify(tokenOf({ iat: nowMs / 1000 + 1 })), { subject: 'user-1' })
})

t.test('a token that was found clean is not looked up again until something is added', async t => {
  const { tokens, revocations } = await setUp(t)
  const looked: string[] = []
  const isRevoked = revocations.isRevoked.bind(revocations)
  revocations.isRevoked = claims => {
    looked.push(claims.subject)
    return isRevoked(claims)
  }
  const token = tokenOf()
  await tokens.verify(token)
  for (let time = 0; time < 5; time += 1) tokens.verify(token)
  t.equal(looked.length, 1)
  revocations.add(revocationOf({ ...principal, subject: 'user-2' }))
  for (let time = 0; time < 5; time += 1) tokens.verify(token)
  t.equal(looked.length, 2)
})

t.test('a key that is revoked withdraws the tokens it signed', async t => {
  const { tokens, revocations } = await setUp(t)
  const token = tokenOf()
  await tokens.verify(token)
  revocations.add(revocationOf({ kind: 'key', issuer: issuer.issuer, keyId: 'one' }))
  t.match(tokens.verify(token), { refused: 'TOKEN_KEY_WITHDRAWN' })
})

t.test('until the revocations are known a good token is a fault, and a bad one as bad as ever', async t => {
  const { tokens, revocations } = await setUp(t, 100, false)
  const token = tokenOf()
  await t.rejects(async () => tokens.verify(token), { code: 'REVOCATIONS_UNAVAILABLE' })
  await t.rejects(async () => tokens.verify(token), { code: 'REVOCATIONS_UNAVAILABLE' })
  t.match(await tokens.verify('garbage'), { refused: 'TOKEN_MALFORMED' })
  t.match(await tokens.verify(tokenOf({ exp: nowMs / 1000 })), { refused: 'TOKEN_CLAIMS_INVALID' })
  revocations.complete()
  t.match(await tokens.verify(token), { subject: 'user-1' })
})
