import pg from 'pg'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { applyMigrations } from './migrating/apply.ts'
import type { SchemaState } from './migrating/compatibility.ts'
import { tooNewSchema } from './migrating/compatibility.ts'
import { migrationNames, ownMigrations, readMigrations } from './migrating/files.ts'
import type { MigrateLog } from './migrating/progress.ts'
import { takeTurn } from './migrating/turn.ts'
import { ensureRoles, setRuntimePassword } from './roles.ts'
import { storeFault } from './store-fault.ts'

const connectMs = 10_000
/** Twenty replicas may start at once and the first may have a big table to change: the others wait this long. */
const turnMs = 600_000
const preparationMs = 60_000
/** A statement that cannot get its table quickly would make every query behind it wait: it gives up, for a while. */
const tableLockMs = 2_000
const attemptsMax = 10

export type MigrateOptions = {
  /** A superuser, or a role that may create roles and owns the database. Direct, not through PgBouncer. */
  readonly ownerUrl: string
  /** Set on postern_runtime; null leaves it as it is. */
  readonly runtimePassword: string | null
  readonly clock: Clock
  readonly log: MigrateLog
  /** Where the files are; by default those of this version. */
  readonly directory?: string
}

/**
 * Brings roles and schema up to this version, forward only, each file in its own transaction; answers the names of the
 * files it applied. Safe to run any number of times at once: one works, the others wait and find nothing to do.
 *
 * Throws SCHEMA_UNSUPPORTED, and has changed nothing, where a newer version made the schema what this one must not
 * touch; STORE_UNAVAILABLE where Postgres cannot be reached; otherwise an Error that says which file failed and why.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const { ownerUrl, runtimePassword, clock, log, directory = ownMigrations } = options
  const files = await readMigrations(directory)
  const client = await connect(ownerUrl)
  try {
    await client.query(`SET statement_timeout = ${preparationMs}`)
    await takeTurn(client, { turnMs, clock, log })
    const state = await readSchemaState(client)
    const problem = tooNewSchema(
      state,
      files.map(({ name }) => name),
    )
    if (problem !== null) throw new Fault('SCHEMA_UNSUPPORTED', problem)
    await ensureRoles(client)
    if (runtimePassword !== null) await setRuntimePassword(client, runtimePassword)
    await client.query('CREATE SCHEMA IF NOT EXISTS postern AUTHORIZATION postern_owner')
    await client.query('SET ROLE postern_owner')
    const { applied } = state
    return await applyMigrations({ client, directory, files, applied, tableLockMs, attemptsMax, clock, log })
  } finally {
    // Ends the session, and with it the turn, the role and the timeouts.
    await client.end()
  }
}

export type MigrationStatus = {
  /** What the database has, in the order it came; a newer version may have brought names that are not in `known`. */
  readonly applied: readonly string[]
  /** What this version would still apply. */
  readonly pending: readonly string[]
  readonly known: readonly string[]
  /** Why this version must not work with the database, and what to do; null where it may. */
  readonly problem: string | null
}

/** What has been applied and what this version would still apply; changes nothing. */
export async function migrationStatus(
  ownerUrl: string,
  directory: string = ownMigrations,
): Promise<MigrationStatus> {
  const known = await migrationNames(directory)
  const client = await connect(ownerUrl)
  try {
    await client.query(`SET statement_timeout = ${preparationMs}`)
    const state = await readSchemaState(client)
    const { applied } = state
    const pending = known.filter(name => !applied.includes(name))
    return { applied, pending, known, problem: tooNewSchema(state, known) }
  } finally {
    await client.end()
  }
}

/** Read before anything is made, so roles, schema and tables may be missing. */
async function readSchemaState(client: pg.Client): Promise<SchemaState> {
  const found = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'postern'
      WHERE c.relname IN ('migrations', 'schema_compatibility')`,
  )
  const tables = new Set(found.rows.map(({ name }) => name))
  if (!tables.has('migrations')) return { applied: [], mustKnow: null }
  await client.query('SET ROLE postern_owner')
  const applied = await client.query<{ name: string }>('SELECT name FROM postern.migrations ORDER BY id')
  const said = tables.has('schema_compatibility')
    ? await client.query<{ must_know: string }>('SELECT must_know FROM postern.schema_compatibility')
    : null
  await client.query('RESET ROLE')
  return { applied: applied.rows.map(({ name }) => name), mustKnow: said?.rows[0]?.must_know ?? null }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    application_name: 'postern migrate',
  })
  // The statement that was running is rejected as well; without a listener the process would end.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw storeFault(error, 'connect to Postgres as the owner')
  }
  await assertDirect(client)
  return client
}

/**
 * Role, time-outs and the lock belong to the session, and PgBouncer gives each statement the session of whoever comes
 * by. It also gives clients keys of its own making, so it is told by the number of the backend.
 */
async function assertDirect(client: pg.Client & { readonly processID?: number | null }): Promise<void> {
  const found = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  if (client.processID === found.rows[0]!.pid) return
  await client.end()
  throw new Error('something like PgBouncer is in between: connect to Postgres directly')
}
