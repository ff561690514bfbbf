import t from 'tap'
import { demoTenants, seed } from '../../src/demo/seeds.ts'
import { listRevocations } from '../../src/store/postgres/queries/feed.ts'
import { posternHere as postern } from '../support/command.ts'
import { createEmptyDatabase, createTestDatabase, silentLog } from '../support/database.ts'
import { openRecords } from '../support/records.ts'

const issuer = 'https://id.example/v2.0/'
const why = ['--reason', 'Ticket 4711']
const acme = demoTenants[0]!.id
const dayMs = 86_400_000
const minuteMs = 60_000

async function open(t: Parameters<typeof createTestDatabase>[0]) {
  const database = await createTestDatabase(t)
  await seed(database.ownerUrl, issuer, silentLog)
  const { runtime } = openRecords(t, database)
  return {
    revoke: (...args: string[]) => postern(['revoke', ...args, ...why], { DATABASE_URL: database.ownerUrl }),
    url: database.ownerUrl,
    held: () => runtime.global(session => listRevocations(session, null, 10)),
  }
}

t.test('what was issued until now is revoked, for a day unless told, and the answer says so', async t => {
  const { revoke, held } = await open(t)
  const beforeMs = Date.now()
  const { code, out, err } = await revoke('--principal', issuer, 'ada')
  t.same([code, err], [0, ''])
  t.match(out, /^Revoked: all tokens of ada of https:\/\/id.example\/v2.0\/, in every tenant\.\n/)
  t.match(out, /good: whoever can sign in again/)
  const [revocation] = await held()
  t.match(revocation, { kind: 'principal', issuer, subject: 'ada', tenantId: null })
  if (revocation?.kind !== 'principal') return
  t.ok(Math.abs(revocation.notBeforeMs - beforeMs) < minuteMs)
  t.equal(revocation.expiresAtMs - revocation.notBeforeMs, dayMs + 5 * minuteMs)
  t.match(out, `until ${new Date(revocation.expiresAtMs).toISOString()}`)
})

t.test('sessions, tenants, keys, and somebody in one tenant', async t => {
  const { revoke, held } = await open(t)
  for (const args of [
    ['--session', issuer, 's1', '--for', '90m'],
    ['--tenant', 'acme'],
    ['--key', issuer, 'k1'],
    ['--principal', issuer, 'ada', '--in-tenant', 'acme'],
  ])
    t.match(await revoke(...args), { code: 0, out: /^Revoked: all tokens /, err: '' }, args.join(' '))
  t.match(await held(), [
    { kind: 'session', issuer, sessionId: 's1' },
    { kind: 'tenant', tenantId: acme },
    { kind: 'key', issuer, keyId: 'k1' },
    { kind: 'principal', issuer, subject: 'ada', tenantId: acme },
  ])
})

t.test('a program is answered with one line of JSON', async t => {
  const { revoke, held } = await open(t)
  const { out } = await revoke('--tenant', 'acme', '--json')
  t.same([JSON.parse(out)], await held())
})

t.test('a tenant that does not exist is said, and nothing is revoked', async t => {
  const { revoke, held } = await open(t)
  for (const args of [
    ['--tenant', 'acmee'],
    ['--principal', issuer, 'ada', '--in-tenant', 'acmee'],
  ])
    t.match(await revoke(...args), { code: 1, out: '', err: /there is no tenant with that slug/ })
  t.same(await held(), [])
})

t.test('a command line that is wrong exits with 64, before the database is asked', async t => {
  for (const [args, complaint] of [
    [['--tenant'], /an argument is missing/],
    [['--tenant', 'acme'], /--reason is needed.*\nType: postern help revoke/],
    [['--tenant', 'acme', ...why, '--url', 'nowhere'], /expected --config FILE/],
  ] as const)
    t.match(await postern(['revoke', ...args]), { code: 64, out: '', err: complaint })
})

t.test('a database that this version does not fit is left alone', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  const { code, err } = await postern(['revoke', '--tenant', 'acme', ...why, '--url', ownerUrl])
  t.equal(code, 1)
  t.match(err, /the database is empty\. Run postern migrate first/)
})
