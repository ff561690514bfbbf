import t from 'tap'
import { demoTenants, demoUsers, seed } from '../../src/demo/seeds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createAccessSource } from '../../src/store/postgres/access-source.ts'
import { createTransactions } from '../../src/store/postgres/transaction.ts'
import { createTestDatabase, silentLog, withClient } from '../support/database.ts'
import { openPool } from '../support/pool.ts'

const issuer = 'https://demo.example/v2.0/'
const database = await createTestDatabase(t)
await seed(database.ownerUrl, issuer, silentLog)
const pool = openPool(t, database.runtimeUrl)
const source = createAccessSource({
  transactions: createTransactions({ pool, statementMs: 5000, waitingMax: 10 }),
  clock: systemClock,
})

async function accessOf(name: string, tenantRef = 'acme', of = 'acme') {
  const user = demoUsers.find(each => each.name === name && each.tenantSlug === of)!
  return await source.load({ issuer, subject: user.objectId, tenantRef })
}

const reading = ['events:read', 'notes:read', 'self:read', 'socket:open']
const writing = ['echo:write', 'events:read', 'notes:read', 'notes:write', 'self:read', 'socket:open']

t.test('every demo user has the role they are named for, in their tenant', async t => {
  for (const { name, tenantSlug, userId, tenantId } of demoUsers) {
    const document = await accessOf(name, tenantSlug, tenantSlug)
    t.match(document, {
      role: name,
      tenant: { id: tenantId, slug: tenantSlug },
      principal: { issuer, userId },
    })
  }
})

t.test('owner and admin of acme may do everything, everywhere in it', async t => {
  for (const name of ['owner', 'admin']) {
    const document = await accessOf(name)
    t.same(document?.permissions, [...writing, 'workspaces:any'])
    t.match(document?.workspaces, [{ slug: 'lab', role: name, permissions: [] }])
  }
})

t.test('the member of acme writes, and belongs to the lab', async t => {
  const document = await accessOf('member')
  t.same(document?.permissions, writing)
  t.match(document?.workspaces, [{ slug: 'lab', role: 'member', permissions: [] }])
})

t.test('the guest of acme reads, and does not reach the lab', async t => {
  const document = await accessOf('guest')
  t.same(document?.permissions, reading)
  t.same(document?.workspaces, [])
})

t.test('acme is on the plan pro, globex on free with 60 requests a minute', async t => {
  t.match((await accessOf('member'))?.tenant, { plan: 'pro', limits: { length: 3 } })
  t.match((await accessOf('owner', 'globex', 'globex'))?.tenant, {
    plan: 'free',
    limits: [
      { name: 'minute', windowMs: 60_000, max: 60 },
      { name: 'hour', windowMs: 3_600_000, max: 1000 },
      { name: 'day', windowMs: 86_400_000, max: 10_000 },
    ],
  })
})

t.test('the owner of one tenant is nobody in the other', async t => {
  t.equal(await accessOf('owner', 'globex', 'acme'), null)
  t.equal(await accessOf('owner', 'acme', 'globex'), null)
})

t.test('seeding again changes nothing, and keeps what was changed meanwhile', async t => {
  await withClient(database.ownerUrl, client =>
    client.query("UPDATE postern.tenants SET name = 'Acme & Sons' WHERE slug = 'acme'"),
  )
  await seed(database.ownerUrl, issuer, silentLog)
  await withClient(database.ownerUrl, async client => {
    const tenants = await client.query('SELECT id, name FROM postern.tenants ORDER BY slug')
    t.same(tenants.rows, [
      { id: demoTenants[0]!.id, name: 'Acme & Sons' },
      { id: demoTenants[1]!.id, name: 'Globex' },
    ])
    const users = await client.query('SELECT count(*)::int AS count FROM postern.users')
    t.equal(users.rows[0].count, demoUsers.length)
  })
})
