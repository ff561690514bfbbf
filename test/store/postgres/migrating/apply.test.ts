import pg from 'pg'
import t from 'tap'
import type { Clock } from '../../../../src/lib/clock.ts'
import { systemClock } from '../../../../src/lib/clock.ts'
import { migrate, migrationStatus } from '../../../../src/store/postgres/migrate.ts'
import { applyMigrations } from '../../../../src/store/postgres/migrating/apply.ts'
import { readMigrations } from '../../../../src/store/postgres/migrating/files.ts'
import { createEmptyDatabase, silentLog, withClient } from '../../../support/database.ts'

type Test = Pick<typeof t, 'testdir' | 'teardown'>

const first =
  "CREATE TABLE postern.things (id int PRIMARY KEY, name text); INSERT INTO postern.things VALUES (1, 'hunter2');"

/** Applies `first` to a database of its own, then lets the test apply more. */
async function prepare(t: Test, more: Readonly<Record<string, string>>) {
  const database = await createEmptyDatabase(t)
  const before = t.testdir({ first: { '0001_first.sql': first }, all: { '0001_first.sql': first, ...more } })
  const migrateOptions = { ...database, runtimePassword: null, clock: systemClock, log: silentLog }
  await migrate({ ...migrateOptions, directory: `${before}/first` })
  const lines: string[] = []
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('SET ROLE postern_owner')
  const directory = `${before}/all`
  const apply = async (clock: Clock, applied: readonly string[] = ['0001_first']) =>
    applyMigrations({
      client,
      directory,
      files: await readMigrations(directory),
      applied,
      tableLockMs: 50,
      attemptsMax: 4,
      clock,
      log: { info: (_fields, line) => lines.push(line) },
    })
  return { ...database, directory, client, lines, apply }
}

/** Pauses are over when `onPause` is. */
function createHastyClock(pauses: number[], onPause: () => Promise<unknown> = async () => {}): Clock {
  return {
    nowMs: () => 0,
    elapsedMs: () => 0,
    after: (ms, task) => {
      pauses.push(ms)
      void onPause().then(task)
      return () => {}
    },
  }
}

const widen = { '0002_widen.sql': 'ALTER TABLE postern.things ADD COLUMN more text;' }

t.test('progress says which file of how many, and how long each took', async t => {
  const { apply, lines } = await prepare(t, { ...widen, '0003_last.sql': 'CREATE TABLE postern.last ()' })
  t.same(await apply(createHastyClock([])), ['0002_widen', '0003_last'])
  t.same(lines, [
    'applying 0002_widen (1 of 2)',
    'applied 0002_widen in 0 ms',
    'applying 0003_last (2 of 2)',
    'applied 0003_last in 0 ms',
  ])
})

t.test('a file that cannot get its table is rolled back, and applied once the table is free', async t => {
  const { apply, lines, ownerUrl, client } = await prepare(t, widen)
  await withClient(ownerUrl, async holder => {
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE postern.things IN ACCESS SHARE MODE')
    const pauses: number[] = []
    // While it pauses it stands in nobody's way.
    const clock = createHastyClock(pauses, async () => {
      t.equal(client.getTransactionStatus(), 'I')
      if (pauses.length === 2) await holder.query('COMMIT')
    })
    t.same(await apply(clock), ['0002_widen'])
    t.equal(pauses.length, 2)
    t.ok(pauses[1]! >= pauses[0]!, 'pauses grow')
  })
  t.match(lines, [
    /^applying/,
    /0002_widen did not get a lock within 50 ms and was rolled back; attempt 2 of 4 in \d/,
    /attempt 3 of 4/,
    /^applied/,
  ])
})

t.test('a file that never gets its table fails, with what to do, and nothing of it is applied', async t => {
  const { apply, directory, ownerUrl } = await prepare(t, {
    '0002_widen.sql': `CREATE TABLE postern.other (); ${widen['0002_widen.sql']}`,
  })
  await withClient(ownerUrl, async holder => {
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE postern.things IN ACCESS SHARE MODE')
    const pauses: number[] = []
    const message = /^0002_widen failed: .* 4 times, 50 ms each.* Nothing of it is applied.*pg_stat_activity/
    await t.rejects(apply(createHastyClock(pauses)), { message })
    t.equal(pauses.length, 3)
    t.same((await holder.query("SELECT to_regclass('postern.other') AS made")).rows, [{ made: null }])
  })
  t.same((await migrationStatus(ownerUrl, directory)).pending, ['0002_widen'])
})

t.test('what else fails is not tried again, and names file, SQLSTATE and line', async t => {
  const cases: readonly (readonly [sql: string, message: RegExp])[] = [
    [
      'SELECT 1;\n\n  SELEC 2;',
      /^0002_bad failed: syntax error .*\(SQLSTATE 42601, line 3, column 3\)\. Nothing/,
    ],
    ['-- é 𝄞\nSELECT nothing', /SQLSTATE 42703, line 2, column 8\)/],
    ['INSERT INTO postern.things VALUES (1)', /SQLSTATE 23505, table things, constraint things_pkey\)/],
    ['CREATE TABLE postern.other ();\nDROP TABLE nowhere', /"nowhere" does not exist \(SQLSTATE 42P01/],
  ]
  for (const [sql, message] of cases) {
    const { apply, ownerUrl } = await prepare(t, { '0002_bad.sql': sql })
    await t.rejects(apply(createHastyClock([])), { message }, sql)
    await withClient(ownerUrl, async client => {
      t.same((await client.query("SELECT to_regclass('postern.other') AS made")).rows, [{ made: null }])
    })
  }
})

t.test('a failure quotes nothing of what is in the tables', async t => {
  for (const sql of [
    'ALTER TABLE postern.things ALTER COLUMN name TYPE int USING name::int',
    'CREATE UNIQUE INDEX ON postern.things ((1)); INSERT INTO postern.things SELECT 2, name FROM postern.things',
  ]) {
    const { apply } = await prepare(t, { '0002_bad.sql': sql })
    const error = await apply(createHastyClock([])).catch(error => error)
    t.match(error.message, /^0002_bad failed/)
    t.notMatch(error.message, /hunter2/)
  }
})

const byName = {
  '0002_by_name.concurrently.sql':
    '-- Why.\nCREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON postern.things (name);\n',
}

async function indexesOf(client: pg.Client): Promise<unknown[]> {
  const found = await client.query(
    `SELECT c.relname AS name, i.indisvalid AS valid, i.indisunique AS unique FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relname LIKE 'by\\_%'`,
  )
  return found.rows
}

const built = [{ name: 'by_name', valid: true, unique: false }]

t.test('an index is built beside running writes, by one of several migrators', async t => {
  const { client, directory, ownerUrl } = await prepare(t, byName)
  const options = { ownerUrl, runtimePassword: null, clock: systemClock, log: silentLog, directory }
  const applied = await Promise.all([migrate(options), migrate(options), migrate(options)])
  t.same(applied.flat(), ['0002_by_name.concurrently'])
  t.same(await indexesOf(client), built)
})

t.test('what a broken-off build of an index left is cleared away first', async t => {
  const { apply, client } = await prepare(t, byName)
  await client.query("INSERT INTO postern.things VALUES (2, 'hunter2')")
  // Fails for the two equal names, and leaves what a killed build leaves.
  const attempt = client.query('CREATE UNIQUE INDEX CONCURRENTLY by_name ON postern.things (name)')
  await t.rejects(attempt, { code: '23505' })
  t.match(await indexesOf(client), [{ valid: false }])
  await apply(createHastyClock([]))
  t.same(await indexesOf(client), built)
})

t.test('an index that was built, but not written down, is not built again', async t => {
  const { apply, client } = await prepare(t, byName)
  await client.query('CREATE INDEX by_name ON postern.things (name)')
  t.same(await apply(createHastyClock([])), ['0002_by_name.concurrently'])
  t.same(await indexesOf(client), built)
})
