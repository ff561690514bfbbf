import t from 'tap'
import { demoTenants } from '../../../src/demo/seeds.ts'
import { listRevocations } from '../../../src/store/postgres/queries/feed.ts'
import { revokeTokens } from '../../../src/store/postgres/revoke-tokens.ts'
import { openPlatform } from '../../support/platform.ts'
import { newId } from '../../support/records.ts'

const issuer = 'https://id.example/'
const acme = demoTenants[0]!

t.test('what it answers is what every sidecar will be told', async t => {
  const { as } = await openPlatform(t)
  for (const tokens of [
    { kind: 'session', issuer, sessionId: 's1' },
    { kind: 'principal', issuer, subject: 'ada', inTenant: null },
    { kind: 'principal', issuer, subject: 'ada', inTenant: acme.slug },
    { kind: 'tenant', slug: acme.slug },
    { kind: 'key', issuer, keyId: 'k1' },
  ] as const) {
    const wanted = { id: newId(), tokens, keptMs: 60_000, reason: 'a test' }
    const revocation = await as(({ runtime }) => revokeTokens(runtime, wanted))
    const listed = await as(({ runtime }) => runtime.global(session => listRevocations(session, null, 10)))
    t.same(listed.at(-1), revocation)
  }
})

t.test('a tenant that is unknown or deleted is a mistake, and nothing is written', async t => {
  const { as } = await openPlatform(t)
  for (const tokens of [
    { kind: 'tenant', slug: 'nowhere' },
    { kind: 'principal', issuer, subject: 'ada', inTenant: 'nowhere' },
  ] as const) {
    const wanted = { id: newId(), tokens, keptMs: 60_000, reason: 'a test' }
    t.same(await as(({ runtime }) => revokeTokens(runtime, wanted)), { mistake: 'tenant-unknown' })
  }
  t.same(await as(({ runtime }) => runtime.global(session => listRevocations(session, null, 10))), [])
})
