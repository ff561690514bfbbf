/**
 * Threat 71: two tokens, or two principals, share what is remembered of one.
 * Advisories: CVE-2026-35039, CVE-2026-35030
 * Defence: a verified token is found by SHA-256 of all its bytes, and only tokens of one spelling are ever
 * remembered (src/token/verified-tokens.ts, src/token/compact-token.ts); names that are put together are led
 * by their lengths (keyOf in src/access/directory.ts, nameOf in src/token/revocations.ts).
 */
import t from 'tap'
import { proveRefused } from '../hostile/tokens/prove.ts'
import { answerTo } from '../support/access.ts'
import { buildDirectory, startMs } from '../support/directory.ts'
import { makeRevocations, revocationOf } from '../support/revocations.ts'
import { otherKey, startTokenWorld, tokenOf, worldKeys, worldStartMs } from '../support/token-world.ts'
import { makeClaims, signToken } from '../support/tokens.ts'

t.test('a token has one spelling: every other is refused', async t => proveRefused(t, 71))

t.test('no change to a remembered token is taken for that token', async t => {
  const world = await startTokenWorld(t)
  const token = tokenOf(world, worldKeys.ec)
  t.equal(await world.verify(token), 'good')
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const alias = [
    ...Array.from(
      { length: token.length },
      (_, at) => token.slice(0, at) + other(token[at]!) + token.slice(at + 1),
    ),
    ...Array.from({ length: token.length }, (_, at) => token.slice(0, at) + token.slice(at + 1)),
    ...Array.from({ length: 40 }, (_, at) => token.slice(at + 1)),
    ...['A', '.', ' ', '\0', '\ud800', '\ufffd', '='].flatMap(more => [token + more, more + token]),
    `${header}${payload}.${signature}`,
    `${header}.${payload}${signature}`,
    `${payload}.${header}.${signature}`,
    token.toLowerCase(),
    token.toUpperCase(),
    token.repeat(2),
  ]
  const taken: string[] = []
  for (const wrong of alias) if (wrong !== token && (await world.verify(wrong)) === 'good') taken.push(wrong)
  t.same(taken, [])
  t.ok(world.isRemembered(token))
})

function other(character: string): string {
  return character === 'B' ? 'C' : 'B'
}

t.test('tokens of two issuers that say the same are two tokens', async t => {
  const world = await startTokenWorld(t)
  const one = tokenOf(world, worldKeys.ec)
  const two = signToken(otherKey, makeClaims(world.two.issuer, worldStartMs))
  for (const token of [one, two]) t.equal(await world.verify(token), 'good')
  world.denyList.withdraw(world.two.issuer.issuer, otherKey.keyId)
  t.equal(await world.verify(one), 'good')
  t.equal(await world.verify(two), 'TOKEN_KEY_WITHDRAWN token-key-withdrawn')
})

/** Issuer, subject and tenant, put together without care, read the same in every pair. */
const pairs: readonly (readonly [readonly [string, string, string], readonly [string, string, string]])[] = [
  [
    ['https://a/', 'bc', 'acme'],
    ['https://a/b', 'c', 'acme'],
  ],
  [
    ['https://a/', 'b', 'cacme'],
    ['https://a/', 'bc', 'acme'],
  ],
  [
    ['https://a/', '1:b', 'acme'],
    ['https://a/1:', 'b', 'acme'],
  ],
  [
    ['https://a/3', ':bcd', 'acme'],
    ['https://a/', '3:bcd', 'acme'],
  ],
  [
    ['10:https://a', '/b', 'acme'],
    ['0:https://a', '1/b', 'acme'],
  ],
  [
    ['https://a/', '__proto__', 'acme'],
    ['https://a/', 'constructor', 'acme'],
  ],
  [
    ['https://a/', '1', 'acme'],
    ['https://a/', '01', 'acme'],
  ],
]

t.test('what is remembered of one principal is never found for another', async t => {
  for (const [one, two] of pairs) {
    const { lookupAs, control, asked } = buildDirectory()
    control(asking => answerTo(asking, { issuedAtMs: startMs }))
    for (const time of ['cold', 'warm']) {
      for (const [issuer, subject, tenantRef] of [one, two]) {
        const access = await lookupAs({ issuer, subject }, tenantRef)
        t.match(access?.document, { principal: { issuer, subject }, tenant: { slug: tenantRef } }, time)
      }
    }
    t.equal(asked.control, 2, 'each was asked for once')
  }
})

t.test(
  'a revocation holds for its own principal, session and member, whatever theirs are put together to',
  async t => {
    for (const [[issuer, subject], [otherIssuer, otherSubject]] of pairs) {
      if (issuer === otherIssuer && subject === otherSubject) continue
      const revocations = makeRevocations({ issuers: new Set([issuer, otherIssuer]) })
      const notBeforeMs = 10_000
      for (const revocation of [
        { kind: 'principal', issuer, subject, tenantId: null, notBeforeMs },
        { kind: 'session', issuer, sessionId: subject, notBeforeMs },
        { kind: 'principal', issuer, subject, tenantId: 'tenant', notBeforeMs },
      ] as const)
        revocations.add(revocationOf(revocation))
      const claims = (issuer: string, subject: string) => ({
        issuer,
        subject,
        tenantRef: null,
        sessionId: subject,
        keyId: 'k',
        issuedAtMs: 0,
        expiresAtMs: 20_000,
        digest: '',
      })
      t.ok(revocations.isRevoked(claims(issuer, subject)))
      t.ok(revocations.isRevokedIn('tenant', claims(issuer, subject)))
      t.notOk(revocations.isRevoked(claims(otherIssuer, otherSubject)))
      t.notOk(revocations.isRevokedIn('tenant', claims(otherIssuer, otherSubject)))
    }
  },
)
