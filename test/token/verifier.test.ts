import { createHash } from 'node:crypto'
import type { Test } from 'tap'
import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Issuer, SignatureAlgorithm } from '../../src/token/issuer.ts'
import { parseKeySet } from '../../src/token/key-set.ts'
import type { IssuerKeys } from '../../src/token/key-source.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { Json } from '../support/tokens.ts'
import { jwkOf, keySetOf, makeClaims, makeIssuer, makeKey, signToken } from '../support/tokens.ts'

const nowMs = 1_700_000_000_000
const issuer = makeIssuer()
const other = makeIssuer({ issuer: 'https://other.example/' })
const key = makeKey('k1')
const otherKey = makeKey('k1')
const rsa = makeKey('r1', 'RS256')
const claims = makeClaims(issuer, nowMs)

/** Keys that were published once and stay. */
function publish(of: Issuer, body: string): IssuerKeys {
  const keys = parseKeySet(body, of.algorithms, 100)!
  return { find: keyId => keys.get(keyId) ?? null, holds: known => keys.get(known.keyId) === known }
}

function verifierOf(trusted: readonly (readonly [Issuer, IssuerKeys])[], denyList = denyNone()) {
  return createVerifier({
    issuers: trusted.map(([issuer, keys]) => ({ issuer, keys })),
    denyList,
    clock: createManualClock(nowMs),
    tokenLengthMax: 8192,
  })
}

function denyNone(): DenyList {
  return new DenyList({ keysPerIssuerMax: 10 })
}

const verifier = verifierOf([
  [issuer, publish(issuer, keySetOf(key))],
  [other, publish(other, keySetOf(otherKey))],
])

async function refuses(t: Test, token: string, code: string, by = verifier): Promise<void> {
  t.match(await by.verify(token), { refused: code })
}

t.test('a good token is verified, and says what must still hold later', async t => {
  const token = signToken(key, claims)
  const result = await verifier.verify(token)
  t.match(result, {
    claims: { issuer: issuer.issuer, subject: 'user-1', tenantRef: 'acme', keyId: 'k1' },
    key: { keyId: 'k1' },
    goodUntilMs: nowMs + 610_000,
  })
  const digest = createHash('sha256').update(token).digest('base64url')
  t.match(result, { claims: { digest } })
})

const algorithms: readonly SignatureAlgorithm[] = [
  'RS256',
  'RS384',
  'PS256',
  'PS512',
  'ES384',
  'ES512',
  'EdDSA',
]
for (const algorithm of algorithms) {
  t.test(`a token signed with ${algorithm} is verified where its issuer uses that`, async t => {
    const issuer = makeIssuer({ algorithms: [algorithm] })
    const pair = makeKey('k', algorithm)
    const by = verifierOf([[issuer, publish(issuer, keySetOf(pair))]])
    t.match(await by.verify(signToken(pair, claims)), { claims: { subject: 'user-1' } })
    await refuses(t, signToken(makeKey('k', algorithm), claims), 'TOKEN_SIGNATURE_INVALID', by)
  })
}

t.test('a key without alg verifies each algorithm of the issuer that fits it', async t => {
  const issuer = makeIssuer({ algorithms: ['RS256', 'PS256'] })
  const by = verifierOf([[issuer, publish(issuer, keySetOf(jwkOf(rsa, { alg: undefined })))]])
  t.match(await by.verify(signToken(rsa, claims)), { claims: {} })
  t.match(await by.verify(signToken({ ...rsa, algorithm: 'PS256' }, claims)), { claims: {} })
})

t.test("an algorithm of the issuer that is not the key's is refused", async t => {
  const issuer = makeIssuer({ algorithms: ['RS256', 'RS512', 'ES256'] })
  const by = verifierOf([[issuer, publish(issuer, keySetOf(rsa, key))]])
  await refuses(t, signToken({ ...rsa, algorithm: 'RS512' }, claims), 'TOKEN_ALGORITHM_REFUSED', by)
  await refuses(t, signToken(rsa, claims, { kid: 'k1' }), 'TOKEN_ALGORITHM_REFUSED', by)
})

t.test('the same key id at two issuers is two keys', async t => {
  const otherClaims = makeClaims(other, nowMs)
  t.match(await verifier.verify(signToken(otherKey, otherClaims)), { claims: { issuer: other.issuer } })
  await refuses(t, signToken(otherKey, claims), 'TOKEN_SIGNATURE_INVALID')
  await refuses(t, signToken(key, otherClaims), 'TOKEN_SIGNATURE_INVALID')
})

t.test('a claim named __proto__ grants nothing', async t => {
  const own = JSON.stringify({
    iss: issuer.issuer,
    aud: 'postern',
    iat: nowMs / 1000,
    exp: nowMs / 1000 + 60,
  })
  const token = signToken(key, own.replace('{', '{"__proto__":{"sub":"root","tenant":"acme"},'))
  await refuses(t, token, 'TOKEN_CLAIMS_INVALID')
})

const good = signToken(key, claims)

t.test('a token past the bound is too large, before anything else is looked at', async t => {
  await refuses(t, 'x'.repeat(8193), 'TOKEN_TOO_LARGE')
  await refuses(t, '.'.repeat(1_000_000), 'TOKEN_TOO_LARGE')
  await refuses(t, signToken(key, { ...claims, more: 'x'.repeat(8192) }), 'TOKEN_TOO_LARGE')
})

const claimed: readonly (readonly [string, Json])[] = [
  ['TOKEN_EXPIRED', { iat: nowMs / 1000 - 120, exp: nowMs / 1000 - 60 }],
  ['TOKEN_NOT_YET_VALID', { nbf: nowMs / 1000 + 60 }],
  ['TOKEN_AUDIENCE_WRONG', { aud: 'other' }],
  ['TOKEN_CLAIMS_INVALID', { sub: '' }],
]
for (const [code, more] of claimed) {
  t.test(`good signatures do not save bad claims: ${code}`, async t => {
    await refuses(t, signToken(key, { ...claims, ...more }), code)
  })
}

t.test('what a token with a bad signature claims is not looked at', async t => {
  await refuses(t, signToken(otherKey, { ...claims, exp: 1 }), 'TOKEN_SIGNATURE_INVALID')
})

t.test('a withdrawn key is refused, at its issuer only', async t => {
  const denyList = denyNone()
  const by = verifierOf(
    [
      [issuer, publish(issuer, keySetOf(key))],
      [other, publish(other, keySetOf(otherKey))],
    ],
    denyList,
  )
  denyList.withdraw(issuer.issuer, 'k1')
  await refuses(t, good, 'TOKEN_KEY_WITHDRAWN', by)
  t.match(await by.verify(signToken(otherKey, makeClaims(other, nowMs))), { claims: {} })
})

t.test('a provider that cannot be asked is a fault, not a refusal', async t => {
  const keys: IssuerKeys = {
    find: () => {
      throw new Fault('KEYS_UNAVAILABLE', 'look up the key of a token')
    },
    holds: () => false,
  }
  await t.rejects(async () => verifierOf([[issuer, keys]]).verify(good), { code: 'KEYS_UNAVAILABLE' })
})

t.test('no detail repeats anything of the token', async t => {
  const marked = signToken(key, { ...claims, sub: 'marked secret' }, { kid: 'k1' })
  const result = await verifier.verify(marked)
  t.notMatch(JSON.stringify(result), /marked/)
})
