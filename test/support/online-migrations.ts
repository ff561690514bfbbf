import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { createEmptyDatabase, silentLog } from './database.ts'

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/**
 * Applies the migrations of a directory one by one and answers what each of them does that a big table in use would
 * feel: it rewrites a table that was there before, builds an index on it that keeps writers out, or scans it for a
 * constraint while it keeps everyone out. Tables are filled as soon as they exist, so that files meet rows.
 *
 * @param rows by table, a statement that puts a row in; triggers and foreign keys are not asked
 */
export async function offencesOf(
  t: Test,
  directory: string,
  rows: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { ownerUrl } = await createEmptyDatabase(t)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('SET session_replication_role = replica')

  const steps = await mkdtemp(join(tmpdir(), 'postern-migrations-'))
  t.teardown(() => rm(steps, { recursive: true }))
  const offences: string[] = []
  for (const file of (await readdir(directory)).sort()) {
    const before = await look(client)
    await copyFile(join(directory, file), join(steps, file))
    await migrate({ ownerUrl, runtimePassword: null, clock: systemClock, log: silentLog, directory: steps })
    const after = await look(client)
    offences.push(...compare(before, after, file))
    await fill(client, before, after, rows)
  }
  return [...offences, ...(await emptyTables(client))]
}

type Columns = Readonly<Record<string, { readonly notNull: boolean }>>
type Table = {
  readonly oid: number
  readonly name: string
  readonly storage: number
  readonly columns: Columns
}
type Index = {
  readonly oid: number
  readonly name: string
  readonly storage: number
  readonly tableOid: number
}
type Constraint = {
  readonly oid: number
  readonly name: string
  readonly tableOid: number
  readonly validated: boolean
  readonly definition: string
}
type Look = {
  readonly tables: readonly Table[]
  readonly indexes: readonly Index[]
  readonly constraints: readonly Constraint[]
}

async function look(client: pg.Client): Promise<Look> {
  const ours = "relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'postern')"
  const tables = await client.query<Table>(
    `SELECT oid, relname AS name, relfilenode AS storage,
            (SELECT json_object_agg(attnum, json_build_object('notNull', attnotnull)) FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
       FROM pg_class c WHERE ${ours} AND relkind = 'r' ORDER BY relname`,
  )
  const indexes = await client.query<Index>(
    `SELECT c.oid, relname AS name, relfilenode AS storage, indrelid AS "tableOid"
       FROM pg_class c JOIN pg_index ON indexrelid = c.oid WHERE ${ours} ORDER BY relname`,
  )
  // NOT NULL is looked at by the column, as versions before 18 do not list it here.
  const constraints = await client.query<Constraint>(
    `SELECT k.oid, conname AS name, conrelid AS "tableOid", convalidated AS validated,
            pg_get_constraintdef(k.oid) AS definition
       FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
      WHERE c.${ours} AND contype IN ('c', 'f') ORDER BY conname`,
  )
  return { tables: tables.rows, indexes: indexes.rows, constraints: constraints.rows }
}

function compare(before: Look, after: Look, file: string): string[] {
  return before.tables.flatMap(old => {
    const table = after.tables.find(({ oid }) => oid === old.oid)
    if (table === undefined) return []
    // Its indexes and constraints go with it.
    if (table.storage !== old.storage) return [`${file} rewrites ${table.name}`]
    return [
      ...slowIndexes(before, after, old, file),
      ...slowConstraints(before, after, old, file),
      ...slowNotNull(before, old, table, file),
    ]
  })
}

function slowIndexes(before: Look, after: Look, { oid }: Table, file: string): string[] {
  if (file.endsWith('.concurrently.sql')) return []
  const known = new Map(before.indexes.map(index => [index.oid, index.storage]))
  return after.indexes
    .filter(index => index.tableOid === oid && known.get(index.oid) !== index.storage)
    .map(({ name }) => `${file} builds ${name} and keeps writers out`)
}

/** NOT VALID and VALIDATE in one file come to the same: the lock of the first is held while the second scans. */
function slowConstraints(before: Look, after: Look, { oid }: Table, file: string): string[] {
  const known = new Set(before.constraints.map(constraint => constraint.oid))
  return after.constraints
    .filter(constraint => constraint.tableOid === oid && constraint.validated && !known.has(constraint.oid))
    .map(({ name }) => `${file} adds ${name} and scans the table for it`)
}

/** SET NOT NULL does not scan where a validated check says so already. */
function slowNotNull(before: Look, old: Table, table: Table, file: string): string[] {
  const proven = before.constraints.some(
    ({ tableOid, validated, definition }) =>
      tableOid === old.oid && validated && /^CHECK \(\(\w+ IS NOT NULL\)\)$/.test(definition),
  )
  return Object.entries(table.columns)
    .filter(([number, { notNull }]) => notNull && old.columns[number]?.notNull === false && !proven)
    .map(([number]) => `${file} makes column ${number} of ${table.name} NOT NULL and scans the table for it`)
}

async function fill(
  client: pg.Client,
  before: Look,
  after: Look,
  rows: Readonly<Record<string, string>>,
): Promise<void> {
  const known = new Set(before.tables.map(({ oid }) => oid))
  for (const { oid, name } of after.tables) {
    if (!known.has(oid) && rows[name] !== undefined) await client.query(rows[name])
  }
}

async function emptyTables(client: pg.Client): Promise<string[]> {
  const empty: string[] = []
  for (const { name } of (await look(client)).tables) {
    const { rowCount } = await client.query(`SELECT FROM postern.${name} LIMIT 1`)
    if (rowCount === 0) empty.push(`${name} is empty: give the test a row for it`)
  }
  return empty
}
