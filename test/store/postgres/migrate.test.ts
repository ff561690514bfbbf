import type pg from 'pg'
import t from 'tap'
import { migrate, migrationNames, migrationStatus } from '../../../src/store/postgres/migrate.ts'
import { ensureRoles } from '../../../src/store/postgres/roles.ts'
import {
  createEmptyDatabase,
  createTestDatabase,
  runtimePassword,
  silentLog,
  withClient,
} from '../../support/database.ts'

const files = await migrationNames()

t.test('twenty migrators started at once apply every file exactly once between them', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  const started = Array.from({ length: 20 }, () =>
    migrate({ ownerUrl, runtimePassword: null, log: silentLog }),
  )
  const applied = await Promise.all(started)
  t.same(applied.flat().sort(), files)
  t.equal(applied.filter(names => names.length > 0).length, 1, 'one did it all')
})

t.test('migrators of several databases of one cluster make its roles at once without tripping', async t => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => createEmptyDatabase(t)))
  const applied = await Promise.all(
    databases.map(({ ownerUrl }) =>
      migrate({ ownerUrl, runtimePassword: runtimePassword(), log: silentLog }),
    ),
  )
  for (const names of applied) t.same(names, files)
})

t.test('the status names what is pending before, and what is applied after', async t => {
  const { ownerUrl } = await createEmptyDatabase(t)
  t.same(await migrationStatus(ownerUrl), { applied: [], pending: files })
  await migrate({ ownerUrl, runtimePassword: null, log: silentLog })
  t.same(await migrationStatus(ownerUrl), { applied: files, pending: [] })
})

t.test('the runtime role logs in with the password it was given, which no catalogue holds', async t => {
  const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
  const role = await withClient(runtimeUrl, async client => {
    return (await client.query('SELECT current_user AS name')).rows[0].name
  })
  t.equal(role, 'postern_runtime')
  await withClient(ownerUrl, async client => {
    const stored = await client.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'postern_runtime'")
    t.match(stored.rows[0].rolpassword, /^SCRAM-SHA-256\$4096:/)
  })
})

t.test('the runtime role has no power beyond its grants', async t => {
  const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
  await withClient(ownerUrl, async client => {
    const roles = await client.query(
      `SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS strong,
              rolcanlogin FROM pg_roles WHERE rolname LIKE 'postern\\_%' ORDER BY 1`,
    )
    t.same(roles.rows, [
      { rolname: 'postern_owner', strong: false, rolcanlogin: false },
      { rolname: 'postern_resolver', strong: false, rolcanlogin: false },
      { rolname: 'postern_runtime', strong: false, rolcanlogin: true },
    ])
  })
  await withClient(runtimeUrl, async client => {
    for (const statement of [
      'TRUNCATE postern.workspace_memberships',
      'CREATE TABLE postern.mine (id int)',
      'ALTER TABLE postern.tenants DISABLE ROW LEVEL SECURITY',
      'DROP POLICY tenants_floor ON postern.tenants',
      'SET ROLE postern_owner',
      'SET ROLE postern_resolver',
      "DELETE FROM postern.tenants WHERE slug = 'acme'",
      "UPDATE postern.plan_limits SET max = 1000000 WHERE plan = 'free'",
      "INSERT INTO postern.role_permissions VALUES ('guest', 'workspaces:any')",
    ]) {
      await t.rejects(client.query(statement), { code: '42501' }, statement)
    }
  })
})

t.test('a database that cannot be reached is a fault of the store', async t => {
  await t.rejects(
    migrate({ ownerUrl: 'postgres://nobody@127.0.0.1:1/none', runtimePassword: null, log: silentLog }),
    { code: 'STORE_UNAVAILABLE' },
  )
})

t.test('a role of ours that bypasses row level security is refused by name', async t => {
  // Roles belong to the whole cluster, where other tests run: so the check is shown what it would find.
  const client = { query: async () => ({ rows: [{ unbound: true }] }) }
  await t.rejects(ensureRoles(client as unknown as pg.Client), /postern_owner exists and bypasses/)
})
