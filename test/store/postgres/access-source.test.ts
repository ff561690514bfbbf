import t from 'tap'
import { demoTenants, demoUsers, demoWorkspace, seed } from '../../../src/demo/seeds.ts'
import { createAccessSource } from '../../../src/store/postgres/access-source.ts'
import { createPool } from '../../../src/store/postgres/pool.ts'
import { createTransactions } from '../../../src/store/postgres/transaction.ts'
import { createTestDatabase, silentLog, withClient } from '../../support/database.ts'
import { createManualClock } from '../../support/manual-clock.ts'

const issuer = 'https://id.example/'
const acme = demoTenants[0]!
const member = demoUsers.find(user => user.name === 'member')!
const guest = demoUsers.find(user => user.name === 'guest')!
const mona = { issuer, subject: member.objectId }

type Test = Parameters<typeof createTestDatabase>[0]

async function open(t: Test) {
  const database = await createTestDatabase(t)
  await seed(database.ownerUrl, issuer, silentLog)
  return { ...openSource(t, database.runtimeUrl), change: changer(database.ownerUrl) }
}

function openSource(t: Test, url: string) {
  const pool = createPool({
    url,
    connections: 2,
    connectMs: 5000,
    answerMs: 10_000,
    idleMs: 10_000,
    events: { onIdleLost() {} },
  })
  t.teardown(() => pool.end())
  const clock = createManualClock(1_790_000_000_000)
  return {
    clock,
    source: createAccessSource({
      transactions: createTransactions({ pool, statementMs: 5000, waitingMax: 10 }),
      clock,
    }),
  }
}

/** Changes records as the superuser of the tests, past row level security. */
function changer(ownerUrl: string) {
  return async (statement: string, values: readonly unknown[] = []) => {
    await withClient(ownerUrl, client => client.query(statement, [...values]))
  }
}

t.test('a tenant is found by slug, by id, and by id in upper case, and the document is the same', async t => {
  const { source } = await open(t)
  const document = await source.load({ ...mona, tenantRef: 'acme' })
  t.match(document, {
    tenant: { id: acme.id, slug: 'acme', status: 'active', plan: 'pro' },
    principal: { ...mona, userId: member.userId },
    accessVersion: 1,
    issuedAtMs: 1_790_000_000_000,
    role: 'member',
  })
  t.same(await source.load({ ...mona, tenantRef: acme.id }), document)
  t.same(await source.load({ ...mona, tenantRef: acme.id.toUpperCase() }), document)
})

t.test(
  'a tenant that is unknown, deleted, foreign or no name at all gets one and the same answer',
  async t => {
    const { source, change } = await open(t)
    for (const tenantRef of [
      'nobody',
      '01900000-0000-7000-8000-00000000ffff',
      'globex',
      demoTenants[1]!.id,
      'ACME',
      '',
      "acme' OR '1'='1",
      'acme\0',
      '%',
      'a'.repeat(10_000),
    ]) {
      t.equal(await source.load({ ...mona, tenantRef }), null, tenantRef.slice(0, 40).replace('\0', 'NUL'))
    }
    await change("UPDATE postern.tenants SET deleted_at = now() WHERE slug = 'acme'")
    t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null, 'deleted, by slug')
    t.equal(await source.load({ ...mona, tenantRef: acme.id }), null, 'deleted, by id')
  },
)

t.test('a principal is issuer and subject together, byte for byte', async t => {
  const { source } = await open(t)
  for (const stranger of [
    { issuer: 'https://id.example', subject: member.objectId },
    { issuer: 'https://other.example/', subject: member.objectId },
    { issuer, subject: member.objectId.toUpperCase() },
    { issuer, subject: `${member.objectId} ` },
    { issuer, subject: `${member.objectId}\0` },
    { issuer: `${issuer}\0`, subject: member.objectId },
  ]) {
    t.equal(await source.load({ ...stranger, tenantRef: 'acme' }), null)
  }
})

t.test('a tenant that is suspended says so in the document', async t => {
  const { source, change } = await open(t)
  for (const status of ['suspended', 'archived']) {
    await change(
      'UPDATE postern.tenants SET status = $1, access_version = access_version + 1 WHERE slug = $2',
      [status, 'acme'],
    )
    t.match(await source.load({ ...mona, tenantRef: 'acme' }), { tenant: { status } })
  }
  t.equal((await source.load({ ...mona, tenantRef: 'acme' }))?.accessVersion, 3)
})

t.test('a user who is deleted, or has left, has no place any more', async t => {
  const { source, change } = await open(t)
  await change('UPDATE postern.users SET deleted_at = now() WHERE id = $1', [member.userId])
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
  await change('UPDATE postern.users SET deleted_at = NULL WHERE id = $1', [member.userId])
  t.match(await source.load({ ...mona, tenantRef: 'acme' }), { workspaces: { length: 1 } })
  await change('DELETE FROM postern.tenant_memberships WHERE user_id = $1', [member.userId])
  t.equal(await source.load({ ...mona, tenantRef: 'acme' }), null)
})

t.test('a role in a workspace adds to the role in the tenant, there and nowhere else', async t => {
  const { source, change } = await open(t)
  const question = { issuer, subject: guest.objectId, tenantRef: 'acme' }
  await change("INSERT INTO postern.workspace_memberships VALUES ($1, $2, $3, 'member')", [
    acme.id,
    demoWorkspace.id,
    guest.userId,
  ])
  const document = await source.load(question)
  t.notOk(document?.permissions.includes('notes:write'))
  t.match(document?.workspaces, [{ slug: 'lab', role: 'member' }])
  t.ok(document?.workspaces[0]?.permissions.includes('notes:write'))
})

t.test('a workspace that is deleted is reached by nobody', async t => {
  const { source, change } = await open(t)
  await change("UPDATE postern.workspaces SET deleted_at = now() WHERE slug = 'lab'")
  for (const { name, objectId, tenantSlug } of demoUsers) {
    if (tenantSlug !== 'acme') continue
    const document = await source.load({ issuer, subject: objectId, tenantRef: 'acme' })
    t.same(document?.workspaces, [], name)
  }
})

t.test('workspaces with one name in two tenants are two workspaces', async t => {
  const { source, change } = await open(t)
  const other = '01900000-0000-7000-8000-000000001ab1'
  await change("INSERT INTO postern.workspaces (tenant_id, id, slug, name) VALUES ($1, $2, 'lab', 'Lab')", [
    demoTenants[1]!.id,
    other,
  ])
  const owner = demoUsers.find(user => user.tenantSlug === 'globex')!
  const document = await source.load({ issuer, subject: owner.objectId, tenantRef: 'globex' })
  t.match(document?.workspaces, [{ id: other, slug: 'lab' }])
  t.equal(document?.workspaces.length, 1)
})

t.test('a store that cannot be asked throws instead of saying no', async t => {
  const { source } = openSource(t, 'postgres://postern_runtime@127.0.0.1:1/none')
  await t.rejects(source.load({ ...mona, tenantRef: 'acme' }), { code: 'STORE_UNAVAILABLE' })
  await t.rejects(source.load({ ...mona, tenantRef: acme.id }), { code: 'STORE_UNAVAILABLE' })
})

t.test('a database without our schema is not a tenant without members', async t => {
  const { source, change } = await open(t)
  await change('DROP SCHEMA postern CASCADE')
  await t.rejects(source.load({ ...mona, tenantRef: acme.id }), { code: 'STORE_UNAVAILABLE' })
})
