import { randomBytes } from 'node:crypto'
import t from 'tap'
import { withOwnerTransactions } from '../../../src/store/postgres/owner-transactions.ts'
import { ensureRoles } from '../../../src/store/postgres/roles.ts'
import type { RunStatement } from '../../../src/store/postgres/transaction.ts'
import { createTestDatabase, withClient } from '../../support/database.ts'
import { insertTenants, lookAround, sightOf } from '../../support/tenant-rows.ts'
import { until } from '../../support/until.ts'

const events = { onIdleLost() {} }

async function roleOf({ rows }: { readonly rows: RunStatement }): Promise<string> {
  return (await rows<{ name: string }>('SELECT current_user AS name', []))[0]!.name
}

t.test('each connection is its role from the first statement on, and bound to its rules', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const [tenant] = await insertTenants(ownerUrl, 2)
  await withOwnerTransactions({ ownerUrl, events }, async ({ owner, runtime }) => {
    t.equal(await owner.global(roleOf), 'postern_owner')
    t.equal(await runtime.global(roleOf), 'postern_runtime')
    t.same(await runtime.inTenant(tenant!.id, ({ rows }) => lookAround(rows)), sightOf(tenant!))
    t.match(await owner.inTenant(tenant!.id, ({ rows }) => lookAround(rows)), { workspaceCount: 0 })
  })
})

t.test('both connections are given back, also by work that fails', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const work = withOwnerTransactions({ ownerUrl, events }, async ({ owner, runtime }) => {
    await owner.global(roleOf)
    await runtime.global(roleOf)
    throw new Error('of the work')
  })
  await t.rejects(work, { message: 'of the work' })
  await withClient(ownerUrl, client =>
    until('neither backend is left', async () => {
      const left = await client.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'postern'",
      )
      return left.rowCount === 0
    }),
  )
})

t.test('a login that migrates and is no superuser may take on both roles', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const name = `postern_test_${randomBytes(8).toString('hex')}`
  const url = new URL(ownerUrl)
  url.username = name
  url.password = randomBytes(16).toString('hex')
  await withClient(ownerUrl, async client => {
    await client.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD '${url.password}'`)
    t.teardown(() => withClient(ownerUrl, again => again.query(`DROP ROLE ${name}`)))
    // As for whoever made the roles from 16 on: they may give them away, themselves included; before, every CREATEROLE may.
    const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version")
    if (rows[0].version < 160_000) return
    await client.query(`GRANT postern_owner, postern_runtime TO ${name} WITH ADMIN TRUE, SET FALSE`)
  })
  await withClient(url.href, ensureRoles)
  await withOwnerTransactions({ ownerUrl: url.href, events }, async ({ owner, runtime }) => {
    t.equal(await owner.global(roleOf), 'postern_owner')
    t.equal(await runtime.global(roleOf), 'postern_runtime')
  })
})
