import t from 'tap'
import type { Claims } from '../../src/token/claims.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Revocation, RevokedTokens } from '../../src/token/revocation.ts'
import { acme, globex, issuer } from '../support/access.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { createRandom, integerBelow } from '../support/random.ts'
import { makeRevocations, revocationOf } from '../support/revocations.ts'

const nowMs = 1_700_000_000_000
const other = 'https://other.example/'

function claims(more: Partial<Claims> = {}): Claims {
  return {
    issuer,
    subject: 'member',
    tenantRef: null,
    sessionId: 's1',
    keyId: 'k1',
    issuedAtMs: nowMs - 60_000,
    expiresAtMs: nowMs + 600_000,
    digest: 'digest',
    ...more,
  }
}

function build(perKindMax = 100, skewMs = 0) {
  const clock = createManualClock(nowMs)
  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  const issuers = new Set([issuer, other])
  const revocations = makeRevocations({ clock, denyList, issuers, perKindMax, skewMs })
  const add = (tokens: RevokedTokens, expiresAtMs?: number) =>
    revocations.add(revocationOf(tokens, expiresAtMs))
  return { clock, denyList, revocations, add }
}

t.test('a session is revoked with all its tokens, and no other session', async t => {
  const { revocations, add } = build()
  add({ kind: 'session', issuer, sessionId: 's1', notBeforeMs: nowMs })
  t.equal(revocations.isRevoked(claims()), true)
  t.equal(revocations.isRevoked(claims({ sessionId: 's2' })), false)
  t.equal(revocations.isRevoked(claims({ sessionId: null })), false)
  t.equal(revocations.isRevoked(claims({ issuer: other })), false)
  t.equal(revocations.isRevokedIn(acme.id, claims()), false)
})

t.test('a principal is revoked everywhere, and no other principal', async t => {
  const { revocations, add } = build()
  add({ kind: 'principal', issuer, subject: 'member', tenantId: null, notBeforeMs: nowMs })
  t.equal(revocations.isRevoked(claims()), true)
  t.equal(revocations.isRevoked(claims({ sessionId: null })), true)
  t.equal(revocations.isRevoked(claims({ subject: 'admin' })), false)
  t.equal(revocations.isRevoked(claims({ issuer: other })), false)
})

t.test('a principal is revoked in one tenant, and stays who they are in others', async t => {
  const { revocations, add } = build()
  add({ kind: 'principal', issuer, subject: 'member', tenantId: acme.id, notBeforeMs: nowMs })
  t.equal(revocations.isRevokedIn(acme.id, claims()), true)
  t.equal(revocations.isRevokedIn(globex.id, claims()), false)
  t.equal(revocations.isRevokedIn(acme.id, claims({ subject: 'admin' })), false)
  t.equal(revocations.isRevoked(claims()), false)
})

t.test('a tenant is revoked for everyone in it, whoever issued their tokens', async t => {
  const { revocations, add } = build()
  add({ kind: 'tenant', tenantId: acme.id, notBeforeMs: nowMs })
  for (const each of [claims(), claims({ subject: 'admin' }), claims({ issuer: 'https://third.example/' })]) {
    t.equal(revocations.isRevokedIn(acme.id, each), true)
    t.equal(revocations.isRevokedIn(globex.id, each), false)
    t.equal(revocations.isRevoked(each), false)
  }
})

t.test('a key is revoked on the deny list', async t => {
  const { denyList, add } = build()
  add({ kind: 'key', issuer, keyId: 'k1' })
  t.equal(denyList.isWithdrawn(issuer, 'k1'), true)
  t.equal(denyList.isWithdrawn(issuer, 'k2'), false)
})

t.test('what is said of an issuer that nobody believes takes no room', async t => {
  const { revocations, denyList, add } = build()
  const stranger = 'https://stranger.example/'
  add({ kind: 'key', issuer: stranger, keyId: 'k1' })
  add({ kind: 'session', issuer: stranger, sessionId: 's1', notBeforeMs: nowMs })
  add({ kind: 'principal', issuer: stranger, subject: 'member', tenantId: null, notBeforeMs: nowMs })
  t.equal(denyList.isWithdrawn(stranger, 'k1'), false)
  t.match(revocations.counts(), { session: 0, principal: 0 })
})

t.test('issuer and subject cannot be shifted into one another', async t => {
  const { revocations, add } = build()
  add({ kind: 'principal', issuer, subject: 'ab', tenantId: 't', notBeforeMs: nowMs })
  add({ kind: 'principal', issuer, subject: '1:a', tenantId: null, notBeforeMs: nowMs })
  t.equal(revocations.isRevokedIn(`t${issuer.slice(0, 1)}`, claims({ subject: 'ab' })), false)
  t.equal(revocations.isRevokedIn('ta', claims({ subject: 'b' })), false)
  t.equal(revocations.isRevoked(claims({ issuer: `${issuer}1:`, subject: 'a' })), false)
})

t.test('nobody can say that a token is not revoked before the whole list was added', async t => {
  const { revocations } = build()
  t.equal(revocations.isComplete, true, 'of the helper')
  const { Revocations } = await import('../../src/token/revocations.ts')
  const empty = new Revocations({
    issuers: new Set(),
    denyList: new DenyList({ keysPerIssuerMax: 1 }),
    clock: createManualClock(nowMs),
    skewMs: 0,
    perKindMax: 1,
  })
  t.equal(empty.isComplete, false)
  empty.complete()
  t.equal(empty.isComplete, true)
})

t.test('the revision rises with what revokes more than before, and with nothing else', async t => {
  const { revocations, add } = build()
  const session = { kind: 'session', issuer, sessionId: 's1' } as const
  const revisions = [
    () => add({ ...session, notBeforeMs: nowMs }, nowMs + 1000),
    () => add({ ...session, notBeforeMs: nowMs }, nowMs + 1000),
    () => add({ ...session, notBeforeMs: nowMs - 5000 }, nowMs + 500),
    () => add({ ...session, notBeforeMs: nowMs + 5000 }, nowMs + 500),
    () => add({ ...session, notBeforeMs: nowMs }, nowMs + 2000),
    () => add({ ...session, sessionId: 's2', notBeforeMs: nowMs }, nowMs + 1000),
    () => add({ ...session, sessionId: 's3', notBeforeMs: nowMs - 2000 }, nowMs - 1000),
  ].map(step => {
    step()
    return revocations.revision
  })
  t.same(revisions, [1, 1, 1, 2, 3, 4, 4])
})

const kinds = ['session', 'principal', 'member', 'tenant'] as const

/** A few names of each kind, so that histories meet themselves. */
function randomRevocation(random: () => number): Revocation {
  const kind = kinds[integerBelow(random, kinds.length)]!
  const notBeforeMs = nowMs + integerBelow(random, 20_000)
  const expiresAtMs = notBeforeMs + 1 + integerBelow(random, 40_000)
  const name = `n${integerBelow(random, 6)}`
  const tenantId = `t${integerBelow(random, 3)}`
  const of = integerBelow(random, 2) === 0 ? issuer : other
  if (kind === 'session') return revocationOf({ kind, issuer: of, sessionId: name, notBeforeMs }, expiresAtMs)
  if (kind === 'tenant') return revocationOf({ kind, tenantId, notBeforeMs }, expiresAtMs)
  const place = kind === 'member' ? tenantId : null
  return revocationOf(
    { kind: 'principal', issuer: of, subject: name, tenantId: place, notBeforeMs },
    expiresAtMs,
  )
}

function randomClaims(random: () => number): Claims {
  return claims({
    issuer: integerBelow(random, 2) === 0 ? issuer : other,
    subject: `n${integerBelow(random, 6)}`,
    sessionId: integerBelow(random, 4) === 0 ? null : `n${integerBelow(random, 6)}`,
    issuedAtMs: Math.floor((nowMs + integerBelow(random, 30_000)) / 250) * 250,
  })
}

/** The specification: any one revocation that speaks of the token, until it ends. */
function speaksOf(revocation: Revocation, token: Claims, tenantId: string | null): boolean {
  if (revocation.kind === 'key') return false
  if (Math.floor(token.issuedAtMs / 1000) > Math.floor(revocation.notBeforeMs / 1000)) return false
  if (revocation.kind === 'tenant') return revocation.tenantId === tenantId
  if (revocation.issuer !== token.issuer) return false
  if (revocation.kind === 'session') return tenantId === null && revocation.sessionId === token.sessionId
  return revocation.subject === token.subject && revocation.tenantId === tenantId
}

for (const perKindMax of [1, 4, 1000]) {
  t.test(`with room for ${perKindMax} of a kind no history is weaker than a plain list of it`, async t => {
    let revokedCount = 0
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = createRandom(seed)
      const { clock, revocations } = build(perKindMax)
      const all: Revocation[] = []
      for (let step = 0; step < 60; step += 1) {
        const action = integerBelow(random, 10)
        if (action === 0) clock.advance(integerBelow(random, 3000))
        else if (action === 1) revocations.complete()
        else {
          const again = action === 2 ? all[integerBelow(random, all.length)] : undefined
          const revocation = again ?? randomRevocation(random)
          all.push(revocation)
          revocations.add(revocation)
        }
        const token = randomClaims(random)
        const tenantId = integerBelow(random, 2) === 0 ? null : `t${integerBelow(random, 3)}`
        const speaking = all.filter(each => speaksOf(each, token, tenantId))
        const expected = speaking.some(({ expiresAtMs }) => clock.nowMs() < expiresAtMs)
        const found =
          tenantId === null ? revocations.isRevoked(token) : revocations.isRevokedIn(tenantId, token)
        if (expected) revokedCount += 1
        if (expected && !found) t.fail(`seed ${seed}, step ${step}: a revoked token was let in`)
        if (perKindMax === 1000 && found && speaking.length === 0)
          t.fail(`seed ${seed}, step ${step}: a token was refused that nobody revoked`)
      }
    }
    t.ok(revokedCount > 1000, `${revokedCount} tokens were to be refused`)
  })
}

t.test('a token that was not revoked at a revision is not revoked while it stands', async t => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = createRandom(seed)
    const { clock, revocations } = build(3)
    const clean = new Map<Claims, number>()
    for (let step = 0; step < 60; step += 1) {
      if (integerBelow(random, 3) === 0) clock.advance(integerBelow(random, 2000))
      else revocations.add(randomRevocation(random))
      const token = randomClaims(random)
      if (!revocations.isRevoked(token)) clean.set(token, revocations.revision)
      for (const [each, revision] of clean) {
        if (revision === revocations.revision && revocations.isRevoked(each))
          t.fail(`seed ${seed}, step ${step}`)
      }
    }
  }
})
