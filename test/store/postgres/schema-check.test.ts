import t from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import { migrationNames, ownMigrations } from '../../../src/store/postgres/migrating/files.ts'
import { createSchemaCheck } from '../../../src/store/postgres/schema-check.ts'
import type { Transactions } from '../../../src/store/postgres/transaction.ts'
import { createTransactions } from '../../../src/store/postgres/transaction.ts'
import { createEmptyDatabase, createTestDatabase, withClient } from '../../support/database.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { openPool } from '../../support/pool.ts'

const everyMs = 5000
const known = await migrationNames(ownMigrations)
const database = await createTestDatabase(t)

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/** Told how often the database was asked, and what changed. */
function createCheck(t: Test, url: string, files: readonly string[] = known) {
  const pool = openPool(t, url)
  const transactions = createTransactions({ pool, statementMs: 5000, waitingMax: 10 })
  let asked = 0
  const counted: Transactions = {
    ...transactions,
    global: work => {
      asked += 1
      return transactions.global(work)
    },
  }
  const clock = createManualClock(0)
  const changes: (string | null)[] = []
  const events = { onChange: (problem: string | null) => changes.push(problem) }
  const check = createSchemaCheck({ transactions: counted, known: files, everyMs, clock, events })
  return { ...check, clock, changes, asked: () => asked }
}

const unsupported = { code: 'SCHEMA_UNSUPPORTED' }

t.test('a schema that has all this version knows is supported, and asked about once in a while', async t => {
  const check = createCheck(t, database.runtimeUrl)
  await Promise.all([check.assertSupported(), check.assertSupported(), check.assertSupported()])
  t.equal(check.asked(), 1, 'those who wait share one question')
  check.clock.advance(everyMs - 1)
  await check.assertSupported()
  t.equal(check.asked(), 1)
  check.clock.advance(1)
  await check.assertSupported()
  t.equal(check.asked(), 2)
  t.same(check.changes, [])
})

t.test('a migration that this version brings and the database lacks is a reason to wait for it', async t => {
  const check = createCheck(t, database.runtimeUrl, [...known, '9998_next', '9999_after'])
  await t.rejects(check.assertSupported(), unsupported)
  await t.rejects(check.assertSupported(), unsupported)
  t.equal(check.asked(), 1, 'a no is remembered as long as a yes')
  t.match(check.changes, [/too old .*lacks 9998_next \(and 1 more\), and ends at \d.*Run postern migrate/])
})

t.test('migrations of a newer version that break nothing are no reason', async t => {
  // As the version before that migration would find it.
  const check = createCheck(t, database.runtimeUrl, known.slice(0, known.indexOf('0008_access_changes') + 1))
  await check.assertSupported()
})

t.test('a breaking migration is noticed by a process that runs already, and so is its end', async t => {
  const { ownerUrl, runtimeUrl } = await createTestDatabase(t)
  const mustKnow = (name: string) =>
    withClient(ownerUrl, client =>
      client.query('UPDATE postern.schema_compatibility SET must_know = $1', [name]),
    )
  const check = createCheck(t, runtimeUrl)
  await check.assertSupported()
  await mustKnow('9999_breaking')
  await check.assertSupported()
  check.clock.advance(everyMs)
  await t.rejects(check.assertSupported(), unsupported)
  check.clock.advance(everyMs)
  await t.rejects(check.assertSupported(), unsupported)
  await mustKnow('0003_compatibility')
  check.clock.advance(everyMs)
  await check.assertSupported()
  t.match(check.changes, [/too old for the schema.*must know 9999_breaking/, null])
})

t.test('a database without any schema lacks everything', async t => {
  const check = createCheck(t, (await createEmptyDatabase(t)).runtimeUrl)
  await t.rejects(check.assertSupported(), unsupported)
  t.match(check.changes, [/lacks 0001_tenants .*ends at none/])
})

t.test('a database that cannot be reached is a store that is away, and is asked again at once', async t => {
  const check = createCheck(t, 'postgres://nobody@127.0.0.1:1/none')
  await t.rejects(check.assertSupported(), { code: 'STORE_UNAVAILABLE' })
  const error = await check.assertSupported().catch(error => error)
  t.ok(error instanceof Fault)
  t.equal(check.asked(), 2)
  t.same(check.changes, [])
})

t.test('an old yes does not outlive the connection to the database', async t => {
  const own = await createTestDatabase(t)
  const check = createCheck(t, own.runtimeUrl)
  await check.assertSupported()
  await withClient(database.ownerUrl, client =>
    client.query(`DROP DATABASE ${new URL(own.ownerUrl).pathname.slice(1)} WITH (FORCE)`),
  )
  check.clock.advance(everyMs)
  await t.rejects(check.assertSupported(), { code: 'STORE_UNAVAILABLE' })
})
