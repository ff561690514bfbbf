import type pg from 'pg'
import t from 'tap'
import { demoTenants, demoUsers, demoWorkspace, seed } from '../../../../src/demo/seeds.ts'
import { createTestDatabase, silentLog, withClient } from '../../../support/database.ts'

// Everything here is done as an attacker would who can run any statement as the runtime role.

const [acme, globex] = demoTenants as [(typeof demoTenants)[0], (typeof demoTenants)[0]]
const tenantTables = ['tenants', 'workspaces', 'tenant_memberships', 'workspace_memberships']
const database = await createTestDatabase(t)
await seed(database.ownerUrl, 'https://id.example/', silentLog)

/** Runs `work` as the runtime role in a transaction of `tenantId`, and rolls back. */
async function inTenant<Result>(
  tenantId: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  return await withClient(database.runtimeUrl, async client => {
    await client.query('BEGIN')
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId])
    return await work(client)
  })
}

async function count(client: pg.Client, table: string): Promise<number> {
  return Number((await client.query(`SELECT count(*) FROM postern.${table}`)).rows[0].count)
}

t.test(
  'without a tenant no table of tenants shows a row, before or after a transaction that had one',
  async t => {
    await withClient(database.runtimeUrl, async client => {
      for (const table of tenantTables) t.equal(await count(client, table), 0, table)
      await client.query('BEGIN')
      await client.query("SELECT set_config('app.tenant_id', $1, true)", [acme.id])
      t.equal(await count(client, 'tenants'), 1)
      await client.query('COMMIT')
      for (const table of tenantTables) t.equal(await count(client, table), 0, `${table} afterwards`)
    })
  },
)

t.test('with a tenant only its own rows are seen', async t => {
  await inTenant(globex.id, async client => {
    t.same((await client.query('SELECT slug FROM postern.tenants')).rows, [{ slug: 'globex' }])
    t.equal(await count(client, 'tenant_memberships'), 1)
    t.equal(await count(client, 'workspaces'), 0)
    t.equal(await count(client, 'workspace_memberships'), 0)
  })
  await inTenant(acme.id, async client => {
    t.equal(await count(client, 'tenant_memberships'), 4)
    t.equal(await count(client, 'workspaces'), 1)
    t.equal(await count(client, 'workspace_memberships'), 1)
  })
})

t.test('a tenant setting that is no id fails instead of showing something', async t => {
  await t.rejects(
    inTenant('acme', client => count(client, 'tenants')),
    { code: '22P02' },
  )
})

t.test('rows of another tenant cannot be changed, moved, deleted or added', async t => {
  await inTenant(globex.id, async client => {
    const renamed = await client.query("UPDATE postern.tenants SET name = 'taken' WHERE slug = 'acme'")
    t.equal(renamed.rowCount, 0, 'changed')
    const deleted = await client.query('DELETE FROM postern.tenant_memberships WHERE tenant_id = $1', [
      acme.id,
    ])
    t.equal(deleted.rowCount, 0, 'deleted')
  })
  const forbidden: readonly (readonly [string, readonly unknown[]])[] = [
    ['UPDATE postern.tenant_memberships SET tenant_id = $1', [acme.id]],
    ["INSERT INTO postern.tenant_memberships VALUES ($1, $2, 'owner')", [acme.id, demoUsers[4]!.userId]],
    ["INSERT INTO postern.workspaces VALUES ($1, $2, 'spy', 'Spy')", [acme.id, globex.id]],
    [
      "INSERT INTO postern.workspace_memberships VALUES ($1, $2, $3, 'owner')",
      [acme.id, demoWorkspace.id, demoUsers[4]!.userId],
    ],
  ]
  for (const [statement, values] of forbidden) {
    const attempt = inTenant(globex.id, client => client.query(statement, [...values]))
    await t.rejects(attempt, { code: '42501' }, statement)
  }
})

t.test('a key into another tenant is no key, so a row cannot refer across', async t => {
  const attempt = inTenant(globex.id, client =>
    client.query("INSERT INTO postern.workspace_memberships VALUES ($1, $2, $3, 'owner')", [
      globex.id,
      demoWorkspace.id,
      demoUsers[4]!.userId,
    ]),
  )
  await t.rejects(attempt, { code: '23503' })
})

t.test('names that another tenant uses are free, so that a conflict tells nothing', async t => {
  await inTenant(globex.id, async client => {
    const statement = "INSERT INTO postern.workspaces VALUES ($1, $2, 'lab', 'Our lab')"
    t.equal((await client.query(statement, [globex.id, demoWorkspace.id])).rowCount, 1)
  })
})

t.test('turning row level security off shows nothing, it fails', async t => {
  const attempt = inTenant(acme.id, async client => {
    await client.query('SET LOCAL row_security = off')
    return await count(client, 'tenants')
  })
  await t.rejects(attempt, { code: '42501' })
})

t.test('the owner of the tables is bound as well', async t => {
  await withClient(database.ownerUrl, async client => {
    await client.query('BEGIN')
    await client.query('SET LOCAL ROLE postern_owner')
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [acme.id])
    for (const table of tenantTables) t.equal(await count(client, table), 0, table)
  })
})

t.test('the slug function answers for one slug, and gives its caller none of its sight', async t => {
  await withClient(database.runtimeUrl, async client => {
    const found = await client.query("SELECT postern.tenant_id_of('acme') AS id")
    t.same(found.rows, [{ id: acme.id }])
    const unknown = await client.query("SELECT postern.tenant_id_of('nobody') AS id")
    t.same(unknown.rows, [{ id: null }])
    t.equal(await count(client, 'tenants'), 0)
    // Whoever can make temporary tables must not be able to slip one under the function.
    await client.query('CREATE TEMPORARY TABLE tenants (id uuid, slug text, deleted_at timestamptz)')
    await client.query("INSERT INTO tenants VALUES (gen_random_uuid(), 'nobody', NULL)")
    t.same((await client.query("SELECT postern.tenant_id_of('nobody') AS id")).rows, [{ id: null }])
  })
})

t.test('every table is either global, and says why, or is held by forced row level security', async t => {
  await withClient(database.ownerUrl, async client => {
    const tables = await client.query<{
      name: string
      forced: boolean
      reason: string | null
      policies: string[]
      keyed: boolean
    }>(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
        pg_catalog.obj_description(c.oid, 'pg_class') AS reason,
        ARRAY(SELECT CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END
                FROM pg_catalog.pg_policy p
               WHERE p.polrelid = c.oid AND p.polcmd = '*'
                 AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) LIKE '%current_tenant()%'
                 AND pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%current_tenant()%'
               ORDER BY 1) AS policies,
        NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                     WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u')
                       AND NOT (SELECT a.attnum FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') = ANY (k.conkey)) AS keyed
        FROM pg_catalog.pg_class c
       WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
       ORDER BY 1`)
    const tenantNames = []
    for (const { name, forced, reason, policies, keyed } of tables.rows) {
      if (reason?.startsWith('global: ')) {
        t.equal(forced, false, `${name} is global`)
        continue
      }
      tenantNames.push(name)
      t.equal(forced, true, `${name} forces row level security`)
      t.same(policies, ['permissive', 'restrictive'], `${name} has its two policies`)
      t.equal(keyed || name === 'tenants', true, `${name} has the tenant in its keys`)
    }
    t.same(tenantNames, [...tenantTables].sort())
  })
})

t.test('every function that runs with the rights of its owner has a pinned search path', async t => {
  await withClient(database.ownerUrl, async client => {
    const definers = await client.query(`
      SELECT p.proname, pg_catalog.pg_get_userbyid(p.proowner) AS owner, p.proconfig
        FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'postern'::regnamespace AND p.prosecdef`)
    t.same(definers.rows, [
      { proname: 'tenant_id_of', owner: 'postern_resolver', proconfig: ['search_path=pg_catalog, pg_temp'] },
    ])
  })
})
