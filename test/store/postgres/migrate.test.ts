import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { systemClock } from '../../../src/lib/clock.ts'
import { migrate, migrationStatus } from '../../../src/store/postgres/migrate.ts'
import { migrationNames, ownMigrations } from '../../../src/store/postgres/migrating/files.ts'
import { ensureRoles } from '../../../src/store/postgres/roles.ts'
import type { TestDatabase } from '../../support/database.ts'
import {
  createEmptyDatabase,
  createTestDatabase,
  runtimePassword,
  silentLog,
  withClient,
} from '../../support/database.ts'
import { until } from '../../support/until.ts'

const files = await migrationNames(ownMigrations)

type More = { readonly directory?: string; readonly runtimePassword?: string }

function run({ ownerUrl }: Pick<TestDatabase, 'ownerUrl'>, more: More = {}): Promise<readonly string[]> {
  return migrate({ ownerUrl, runtimePassword: null, clock: systemClock, log: silentLog, ...more })
}

t.test('twenty migrators started at once apply every file exactly once between them', async t => {
  const database = await createEmptyDatabase(t)
  const applied = await Promise.all(Array.from({ length: 20 }, () => run(database)))
  t.same(applied.flat().sort(), files)
  t.equal(applied.filter(names => names.length > 0).length, 1, 'one did it all')
})

t.test('when one of twenty is killed in the middle of a file, another applies it', async t => {
  const database = await createEmptyDatabase(t)
  const directory = t.testdir({
    '0001_first.sql': 'CREATE TABLE postern.first (id int);',
    // Stands still in the middle for as long as the test holds the lock.
    '0002_second.sql':
      'CREATE TABLE postern.second (id int); SELECT pg_advisory_xact_lock(1); DROP TABLE postern.first;',
  })
  await withClient(database.ownerUrl, async client => {
    await client.query('SELECT pg_advisory_lock(1)')
    const started = Promise.allSettled(Array.from({ length: 20 }, () => run(database, { directory })))
    await until('a migrator was killed in the middle of 0002_second', async () => {
      const killed = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE '%pg_advisory_xact_lock%' AND wait_event_type = 'Lock'`,
      )
      return killed.rowCount === 1
    })
    await client.query('SELECT pg_advisory_unlock(1)')
    const settled = await started
    const failed = settled.filter(result => result.status === 'rejected')
    t.match(
      failed.map(({ reason }) => String(reason)),
      [/0002_second failed: .*SQLSTATE 57P01.*Nothing of it is applied/],
    )
    const applied = settled.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
    t.same(applied, ['0002_second'])
    const tables = await client.query("SELECT relname FROM pg_class WHERE relname IN ('first', 'second')")
    t.same(tables.rows, [{ relname: 'second' }])
  })
  t.match(await migrationStatus(database.ownerUrl, directory), { pending: [], problem: null })
})

t.test('migrators of several databases of one cluster make its roles at once without tripping', async t => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => createEmptyDatabase(t)))
  const applied = await Promise.all(
    databases.map(database => run(database, { runtimePassword: runtimePassword() })),
  )
  for (const names of applied) t.same(names, files)
})

t.test('the status names what is pending before, and what is applied after', async t => {
  const database = await createEmptyDatabase(t)
  const before = await migrationStatus(database.ownerUrl)
  t.same(before, { applied: [], pending: files, known: files, problem: null })
  await run(database)
  const after = await migrationStatus(database.ownerUrl)
  t.same(after, { applied: files, pending: [], known: files, problem: null })
})

t.test('a schema that this version must not touch is refused before anything is changed', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const directory = t.testdir({ '0001_tenants.sql': '', '0002_other.sql': 'CREATE TABLE postern.other ()' })
  // May read what the owner may, and can neither make roles nor set passwords: to try would be another error.
  const reader = await createOwnersReader(t, ownerUrl)
  const refusal = {
    code: 'SCHEMA_UNSUPPORTED',
    message: /too old .*must know 0008_access_changes.*ends at 0002_other.*Run a newer version/,
  }
  await t.rejects(run({ ownerUrl: reader }, { directory, runtimePassword: 'another' }), refusal)
  const { pending, problem } = await migrationStatus(ownerUrl, directory)
  t.same(pending, ['0002_other'])
  t.match(problem, refusal.message)
})

t.test('a newer schema that breaks nothing is left as it is by an older version', async t => {
  const database = await createTestDatabase(t)
  await withClient(database.ownerUrl, client =>
    client.query("INSERT INTO postern.migrations (name, run_on) VALUES ('9999_later', now())"),
  )
  t.same(await run(database), [])
  const { applied, problem } = await migrationStatus(database.ownerUrl)
  t.same([applied.at(-1), problem], ['9999_later', null])
})

t.test('a file that would come before one that is applied is refused', async t => {
  const database = await createTestDatabase(t)
  const directory = t.testdir({
    '0000_earlier.sql': 'CREATE TABLE postern.earlier ()',
    '0008_access_changes.sql': '',
  })
  await t.rejects(run(database, { directory }), /0000_earlier failed: .*preceding/)
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
      { rolname: 'postern_access', strong: false, rolcanlogin: false },
      { rolname: 'postern_owner', strong: false, rolcanlogin: false },
      { rolname: 'postern_reporting', strong: false, rolcanlogin: true },
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
      'SET ROLE postern_access',
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
    migrate({
      ownerUrl: 'postgres://nobody@127.0.0.1:1/none',
      runtimePassword: null,
      clock: systemClock,
      log: silentLog,
    }),
    { code: 'STORE_UNAVAILABLE' },
  )
})

t.test('a role of ours that bypasses row level security is refused by name', async t => {
  // Roles belong to the whole cluster, where other tests run: so the check is shown what it would find.
  const client = { query: async () => ({ rows: [{ unbound: true }] }) }
  await t.rejects(ensureRoles(client as unknown as pg.Client), /postern_owner exists and bypasses/)
})

t.test('a login that may not manage our roles is told who may', async t => {
  const { ownerUrl } = await createTestDatabase(t)
  const reader = await createOwnersReader(t, ownerUrl)
  await t.rejects(run({ ownerUrl: reader }, { runtimePassword: 'another' }), /denied.*Migrate as a superuser/)
})

/** The URL of a login of the test's own that is a member of the owner role, and nothing else. */
async function createOwnersReader(
  t: { readonly teardown: (task: () => Promise<unknown>) => unknown },
  ownerUrl: string,
): Promise<string> {
  const name = `postern_test_${randomBytes(8).toString('hex')}`
  const url = new URL(ownerUrl)
  url.username = name
  url.password = randomBytes(16).toString('hex')
  await withClient(ownerUrl, client =>
    client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${url.password}' IN ROLE postern_owner`),
  )
  t.teardown(() => withClient(ownerUrl, client => client.query(`DROP ROLE ${name}`)))
  return url.href
}
