import type pg from 'pg'
import t from 'tap'
import { createTestDatabase, withClient } from '../../../support/database.ts'
import { sourceFiles } from '../../../support/source-files.ts'
import { insertTwoTenants } from '../../../support/two-tenants.ts'
import { readPlan } from './plan.ts'

// What needs a session of the runtime role itself, logged in with its password: what a session keeps from one
// transaction to the next, what it can change about itself, and what it sees of the sessions of others.

const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
const { mine, theirs } = await withClient(ownerUrl, insertTwoTenants)
const { tables } = await withClient(ownerUrl, readPlan)

const asRuntime = <Result>(work: (client: pg.Client) => Promise<Result>) => withClient(runtimeUrl, work)

/** Sets the tenant as transaction.ts does, and commits. */
async function inTenant<Result>(
  client: pg.Client,
  tenant: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN')
  await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenant])
  const result = await work()
  await client.query('COMMIT')
  return result
}

async function column(client: pg.Client, text: string): Promise<readonly unknown[]> {
  return (await client.query({ text, rowMode: 'array' })).rows.map(row => row[0])
}

const slugs = 'SELECT slug FROM postern.tenants'

t.test('a session that never had a tenant sees no table, and neither does one that had', async t => {
  await asRuntime(async client => {
    const readable = tables.filter(({ columns }) => columns[0]!.readers.includes('postern_runtime'))
    for (const code of ['42704', '22P02']) {
      for (const { name } of readable)
        await t.rejects(client.query(`SELECT FROM postern.${name}`), { code }, `${name}: ${code}`)
      await inTenant(client, mine, () => client.query(slugs))
    }
  })
})

t.test('nothing that a session may set or call makes it more than it is', async t => {
  await asRuntime(async client => {
    for (const text of [
      'SET ROLE postern_owner',
      'SET ROLE postern_access',
      'SET ROLE postern_resolver',
      'SET ROLE postern_reporting',
      'SET SESSION AUTHORIZATION postern_owner',
      'SET session_replication_role = replica',
      'ALTER ROLE postern_runtime BYPASSRLS',
      'ALTER ROLE postern_runtime SUPERUSER',
      `ALTER ROLE postern_runtime SET app.tenant_id = '${theirs}'`,
      'GRANT postern_owner TO postern_runtime',
      'ALTER TABLE postern.tenants DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE postern.tenants DISABLE TRIGGER ALL',
      'ALTER TABLE postern.tenants OWNER TO postern_runtime',
      'DROP POLICY tenants_floor ON postern.tenants',
      'ALTER FUNCTION postern.current_tenant() VOLATILE',
      'GRANT SELECT ON postern.outbox TO postern_runtime',
      "COPY postern.tenants TO '/tmp/tenants'",
      "COPY postern.tenants TO PROGRAM 'cat'",
      "SELECT lo_import('/etc/hostname')",
      'SELECT * FROM pg_catalog.pg_largeobject',
      'SELECT * FROM pg_catalog.pg_authid',
      'CREATE EXTENSION pageinspect',
      'CREATE PUBLICATION everything FOR ALL TABLES',
    ]) {
      await t.rejects(client.query(text), { code: '42501' }, text)
    }
  })
})

t.test('a plan that is kept sees the tenant of the transaction that runs it', async t => {
  await asRuntime(async client => {
    await client.query('SET plan_cache_mode = force_generic_plan')
    await inTenant(client, theirs, () => client.query(`PREPARE kept AS ${slugs}`))
    for (const [tenant, slug] of [
      [theirs, 'bravo'],
      [mine, 'alpha'],
      [theirs, 'bravo'],
    ] as const) {
      t.same(await inTenant(client, tenant, () => column(client, 'EXECUTE kept')), [slug])
    }
    await t.rejects(client.query('EXECUTE kept'), { code: '22P02' })
  })
})

t.test('a cursor that outlives its transaction holds what that transaction saw, and no more', async t => {
  await asRuntime(async client => {
    await inTenant(client, mine, () => client.query(`DECLARE held CURSOR WITH HOLD FOR ${slugs}`))
    t.same(await inTenant(client, theirs, () => column(client, 'FETCH ALL held')), ['alpha'])
  })
})

t.test('a tenant set in a savepoint goes with it', async t => {
  await asRuntime(async client => {
    await inTenant(client, mine, async () => {
      await client.query('SAVEPOINT before')
      await client.query("SELECT set_config('app.tenant_id', $1, true)", [theirs])
      t.same(await column(client, slugs), ['bravo'], 'whoever can run this can be anyone: accepted')
      await client.query('ROLLBACK TO SAVEPOINT before')
      t.same(await column(client, slugs), ['alpha'])
    })
  })
})

t.test('what other roles run is not shown, and what control planes run shows no value', async t => {
  await withClient(ownerUrl, async owner => {
    await owner.query("SELECT 'a secret of the owner'")
    await asRuntime(async client => {
      await inTenant(client, theirs, () =>
        client.query('SELECT FROM postern.tenants WHERE slug = $1', ['bravo']),
      )
      await asRuntime(async other => {
        const text = 'SELECT coalesce(query, $$$$) FROM pg_stat_activity WHERE datname = current_database()'
        const seen = (await column(other, text)).join('\n')
        t.notMatch(seen, /secret/)
        t.match(seen, /insufficient privilege/)
        t.notMatch(seen, /bravo/)
      })
    })
  })
})

t.test('whoever locks all that they see keeps no other tenant waiting', async t => {
  await asRuntime(async client => {
    await client.query('BEGIN')
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [mine])
    const locked = tables.filter(({ columns }) =>
      columns.some(({ updaters }) => updaters.includes('postern_runtime')),
    )
    for (const { name } of locked) await client.query(`SELECT FROM postern.${name} FOR UPDATE`)
    await asRuntime(async other => {
      await other.query("SET lock_timeout = '5s'")
      await inTenant(other, theirs, async () => {
        for (const { name } of locked) {
          const { rowCount } = await other.query(`SELECT FROM postern.${name} FOR UPDATE`)
          t.not(rowCount, 0, name)
        }
        await other.query("SELECT postern.change_access('tenant.changed', 'x')")
      })
    })
    await client.query('ROLLBACK')
  })
})

t.test('accepted: how many rows a table has counts every tenant', async t => {
  await asRuntime(async client => {
    const size = "SELECT reltuples::int FROM pg_class WHERE oid = 'postern.tenants'::regclass"
    t.same(await column(client, size), [3])
  })
})

t.test('neither schema nor store use what Postgres does not bind to a tenant', async t => {
  const loose = /\b(pg_notify|NOTIFY \w|LISTEN \w|lo_create|lo_import|WITH HOLD|CREATE TEMP|PREPARE \w+ AS)/
  const bodies = await withClient(ownerUrl, client =>
    column(
      client,
      "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'postern'::regnamespace",
    ),
  )
  t.same(
    bodies.filter(body => loose.test(String(body))),
    [],
  )
  const files = sourceFiles('src/store').filter(({ text }) => loose.test(text))
  t.same(
    files.map(({ path }) => path),
    [],
  )
})
