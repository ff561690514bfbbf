import t from 'tap'
import { isRefused } from '../../src/lib/refused.ts'
import { createClaimsCheck } from '../../src/token/claims-check.ts'
import type { Issuer } from '../../src/token/issuer.ts'
import type { Json } from '../support/tokens.ts'
import { makeClaims, makeIssuer } from '../support/tokens.ts'

const nowMs = 1_700_000_000_000
const now = nowMs / 1000

/** What becomes of otherwise good claims: the code they are refused with, or `accepted`. */
function outcome(more: Json, issuerMore: Partial<Issuer> = {}): string {
  const result = check(more, issuerMore)
  return isRefused(result) ? result.refused : 'accepted'
}

function check(more: Json, issuerMore: Partial<Issuer> = {}) {
  const issuer = makeIssuer(issuerMore)
  const payload = JSON.parse(JSON.stringify({ ...makeClaims(issuer, nowMs), ...more }))
  return createClaimsCheck(issuer)(payload, { keyId: 'k', digest: 'd', nowMs })
}

t.test('good claims become what the pipeline uses', async t => {
  t.same(check({}), {
    issuer: 'https://id.example/v2.0/',
    subject: 'user-1',
    tenantRef: 'acme',
    sessionId: null,
    keyId: 'k',
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 600_000,
    digest: 'd',
  })
})

const notTimes: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['a string', String(now + 600)],
  ['an empty string', ''],
  ['true', true],
  ['false', false],
  ['a list', [now + 600]],
  ['an empty list', []],
  ['an object', { valueOf: now + 600 }],
  ['negative', -1],
  ['beyond all dates', 8.64e12 + 1],
  ['the largest number', Number.MAX_VALUE],
  ['a date as text', '2030-01-01T00:00:00Z'],
]
for (const [name, value] of notTimes) {
  for (const claim of ['exp', 'iat']) {
    t.test(`${claim} that is ${name} is refused`, async t => {
      t.equal(outcome({ [claim]: value }), 'TOKEN_CLAIMS_INVALID')
    })
  }
  if (value === undefined) continue
  t.test(`nbf that is ${name} is refused`, async t => {
    t.equal(outcome({ nbf: value }), 'TOKEN_CLAIMS_INVALID')
  })
}

t.test('a number that is infinite is no time', async t => {
  const claims = JSON.stringify(makeClaims(makeIssuer(), nowMs)).replace(/"exp":\d+/, '"exp":1e400')
  const result = createClaimsCheck(makeIssuer())(JSON.parse(claims), { keyId: 'k', digest: 'd', nowMs })
  t.match(result, { refused: 'TOKEN_CLAIMS_INVALID' })
})

const times: readonly (readonly [string, Json, string])[] = [
  ['exp of now is still within the skew', { iat: now - 60, exp: now }, 'accepted'],
  ['exp at the end of the skew has passed', { iat: now - 60, exp: now - 10 }, 'TOKEN_EXPIRED'],
  ['exp just before the end of the skew has not', { iat: now - 60, exp: now - 9.999 }, 'accepted'],
  ['exp of zero has passed', { iat: 0, exp: 1 }, 'TOKEN_EXPIRED'],
  ['exp with a fraction is a time', { exp: now + 0.5 }, 'accepted'],
  ['iat within the skew is believed', { iat: now + 10 }, 'accepted'],
  ['iat beyond the skew is still to come', { iat: now + 11 }, 'TOKEN_NOT_YET_VALID'],
  ['nbf within the skew is believed', { nbf: now + 10 }, 'accepted'],
  ['nbf beyond the skew is still to come', { nbf: now + 11 }, 'TOKEN_NOT_YET_VALID'],
  ['the longest lifetime is believed', { exp: now + 3600 }, 'accepted'],
  ['a longer lifetime is not', { exp: now + 3601 }, 'TOKEN_CLAIMS_INVALID'],
  ['a lifetime in milliseconds is not', { exp: nowMs + 600_000 }, 'TOKEN_CLAIMS_INVALID'],
  ['exp before iat is no lifetime', { exp: now - 1 }, 'TOKEN_CLAIMS_INVALID'],
  ['exp equal to iat is no lifetime', { exp: now }, 'TOKEN_CLAIMS_INVALID'],
]
for (const [name, more, expected] of times) {
  t.test(name, async t => t.equal(outcome(more), expected))
}

const audiences: readonly (readonly [string, unknown, string])[] = [
  ['the audience', 'postern', 'accepted'],
  ['a list with the audience', ['other', 'postern'], 'accepted'],
  ['the other audience', ['also-us'], 'accepted'],
  ['nothing', undefined, 'TOKEN_AUDIENCE_WRONG'],
  ['null', null, 'TOKEN_AUDIENCE_WRONG'],
  ['an empty string', '', 'TOKEN_AUDIENCE_WRONG'],
  ['an empty list', [], 'TOKEN_AUDIENCE_WRONG'],
  ['another audience', 'other', 'TOKEN_AUDIENCE_WRONG'],
  ['a prefix', 'poster', 'TOKEN_AUDIENCE_WRONG'],
  ['a longer word', 'postern2', 'TOKEN_AUDIENCE_WRONG'],
  ['another case', 'Postern', 'TOKEN_AUDIENCE_WRONG'],
  ['words in one string', 'other postern', 'TOKEN_AUDIENCE_WRONG'],
  ['a list in a list', [['postern']], 'TOKEN_AUDIENCE_WRONG'],
  ['a list with a number', ['postern', 1], 'TOKEN_AUDIENCE_WRONG'],
  ['an object', { postern: true }, 'TOKEN_AUDIENCE_WRONG'],
  ['an object like a list', { 0: 'postern', length: 1 }, 'TOKEN_AUDIENCE_WRONG'],
  ['true', true, 'TOKEN_AUDIENCE_WRONG'],
  ['a number', 0, 'TOKEN_AUDIENCE_WRONG'],
]
for (const [name, aud, expected] of audiences) {
  t.test(`aud with ${name}: ${expected}`, async t => {
    t.equal(outcome({ aud }, { audiences: ['postern', 'also-us'] }), expected)
  })
}

const b2c = { policies: ['B2C_1_SignIn', 'B2C_1A_Custom'] }
const policies: readonly (readonly [string, Json, string])[] = [
  ['tfp as it is configured', { tfp: 'B2C_1_SignIn' }, 'accepted'],
  ['tfp in another case', { tfp: 'b2c_1_signin' }, 'accepted'],
  ['acr, its older name', { acr: 'b2c_1a_custom' }, 'accepted'],
  ['another policy', { tfp: 'B2C_1_Reset' }, 'TOKEN_CLAIMS_INVALID'],
  ['no policy', {}, 'TOKEN_CLAIMS_INVALID'],
  ['a wrong tfp beside a right acr', { tfp: 'B2C_1_Reset', acr: 'B2C_1_SignIn' }, 'TOKEN_CLAIMS_INVALID'],
  ['tfp as a list', { tfp: ['B2C_1_SignIn'] }, 'TOKEN_CLAIMS_INVALID'],
  ['tfp that is null beside a right acr', { tfp: null, acr: 'B2C_1_SignIn' }, 'TOKEN_CLAIMS_INVALID'],
]
for (const [name, more, expected] of policies) {
  t.test(`with policies, ${name}: ${expected}`, async t => t.equal(outcome(more, b2c), expected))
}

t.test('without policies any is accepted', async t => t.equal(outcome({ tfp: 'B2C_1_Whatever' }), 'accepted'))

const subjects: readonly (readonly [string, unknown, string])[] = [
  ['an identifier', '8f14e45f-ceea-467f-9575-6f1c2d9f0a11', 'accepted'],
  ['a service account', 'system:serviceaccount:ns:name', 'accepted'],
  ['255 characters', 's'.repeat(255), 'accepted'],
  ['256 characters', 's'.repeat(256), 'TOKEN_CLAIMS_INVALID'],
  ['nothing', undefined, 'TOKEN_CLAIMS_INVALID'],
  ['null', null, 'TOKEN_CLAIMS_INVALID'],
  ['an empty string', '', 'TOKEN_CLAIMS_INVALID'],
  ['a space', 'a b', 'TOKEN_CLAIMS_INVALID'],
  ['a line break', 'a\nb', 'TOKEN_CLAIMS_INVALID'],
  ['a line break at its end', 'a\n', 'TOKEN_CLAIMS_INVALID'],
  ['letters outside ASCII', 'аdmin', 'TOKEN_CLAIMS_INVALID'],
  ['a number', 7, 'TOKEN_CLAIMS_INVALID'],
  ['a list', ['user-1'], 'TOKEN_CLAIMS_INVALID'],
]
for (const [name, sub, expected] of subjects) {
  t.test(`a subject with ${name}: ${expected}`, async t => t.equal(outcome({ sub }), expected))
}

t.test('the subject is read from the configured claim', async t => {
  t.match(check({ oid: 'object-1' }, { subjectClaim: 'oid' }), { subject: 'object-1' })
  t.equal(outcome({}, { subjectClaim: 'oid' }), 'TOKEN_CLAIMS_INVALID')
  t.equal(outcome({}, { subjectClaim: 'constructor' }), 'TOKEN_CLAIMS_INVALID')
})

t.test('the sentence that old B2C policies put into sub is never a subject', async t => {
  const sub = 'Not supported currently. Use oid claim.'
  t.match(check({ sub, oid: 'object-1' }), { subject: 'object-1' })
  t.equal(outcome({ sub }), 'TOKEN_CLAIMS_INVALID')
  t.equal(outcome({ sub, oid: sub }), 'TOKEN_CLAIMS_INVALID')
})

const tenants: readonly (readonly [string, unknown, string])[] = [
  ['a slug', 'acme', 'accepted'],
  ['an id', '01900000-0000-7000-8000-00000000ac3e', 'accepted'],
  ['64 characters', 't'.repeat(64), 'accepted'],
  ['65 characters', 't'.repeat(65), 'TOKEN_CLAIMS_INVALID'],
  ['an empty string', '', 'TOKEN_CLAIMS_INVALID'],
  ['null', null, 'TOKEN_CLAIMS_INVALID'],
  ['a list', ['acme'], 'TOKEN_CLAIMS_INVALID'],
  ['a number', 1, 'TOKEN_CLAIMS_INVALID'],
  ['a slash', 'acme/x', 'TOKEN_CLAIMS_INVALID'],
  ['braces', '{acme}', 'TOKEN_CLAIMS_INVALID'],
  ['a line break', 'acme\n', 'TOKEN_CLAIMS_INVALID'],
]
for (const [name, tenant, expected] of tenants) {
  t.test(`a tenant claim with ${name}: ${expected}`, async t => t.equal(outcome({ tenant }), expected))
}

t.test('a token may name no tenant, and an issuer may have no claim for it', async t => {
  t.match(check({ tenant: undefined }), { tenantRef: null })
  t.match(check({}, { tenantClaim: null }), { tenantRef: null })
  t.match(check({}, { tenantClaim: '__proto__' }), { tenantRef: null })
})

const sessions: readonly (readonly [string, unknown, string])[] = [
  ['an identifier', '002d2b5c-9f6e-4a5b-8e55-1f0d6f7c8a11', 'accepted'],
  ['255 characters', 's'.repeat(255), 'accepted'],
  ['256 characters', 's'.repeat(256), 'TOKEN_CLAIMS_INVALID'],
  ['an empty string', '', 'TOKEN_CLAIMS_INVALID'],
  ['null', null, 'TOKEN_CLAIMS_INVALID'],
  ['a number', 1, 'TOKEN_CLAIMS_INVALID'],
  ['a list', ['s'], 'TOKEN_CLAIMS_INVALID'],
  ['a line break', 's\n', 'TOKEN_CLAIMS_INVALID'],
]
for (const [name, sid, expected] of sessions) {
  t.test(`a session claim with ${name}: ${expected}`, async t => t.equal(outcome({ sid }), expected))
}

t.test('a token may name no session, and an issuer may have another claim for it, or none', async t => {
  t.match(check({ sid: 's1' }), { sessionId: 's1' })
  t.match(check({}), { sessionId: null })
  t.match(check({ sid: 's1', session: 's2' }, { sessionClaim: 'session' }), { sessionId: 's2' })
  t.match(check({ sid: 7 }, { sessionClaim: null }), { sessionId: null })
})

t.test('the same claims get the same answer however often they are asked about', async t => {
  const issuer = makeIssuer()
  const checkClaims = createClaimsCheck(issuer)
  const payload = makeClaims(issuer, nowMs)
  const facts = { keyId: 'k', digest: 'd', nowMs }
  const refusedCount = Array.from({ length: 1000 }, () => checkClaims(payload, facts)).filter(
    isRefused,
  ).length
  t.equal(refusedCount, 0)
})
