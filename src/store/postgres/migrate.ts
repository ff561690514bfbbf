import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { ensureRoles, setRuntimePassword } from './roles.ts'
import { storeFault } from './store-fault.ts'

const directory = fileURLToPath(new URL('migrations', import.meta.url))
const table = 'migrations'

/** Names this product's migrations among the advisory locks of the database; any fixed number does. */
const lockId = '7236834721043267'
const connectMs = 10_000
/** Twenty replicas may start at once and the first may have a big table to change: the others wait this long. */
const turnMs = 120_000
/** A statement that cannot get its table quickly would make every query behind it wait: it gives up instead. */
const tableLockMs = 5_000
const statementMs = 600_000

export type MigrateOptions = {
  /** A superuser, or a role that may create roles and owns the database. Direct, not through PgBouncer. */
  readonly ownerUrl: string
  /** Set on postern_runtime; null leaves it as it is. */
  readonly runtimePassword: string | null
  readonly log: MigrateLog
}

type Tell = (fields: Readonly<Record<string, unknown>>, message: string) => void
type MigrateLog = { readonly debug: Tell; readonly info: Tell }

/**
 * Brings roles and schema up to this version, forward only, each file in its own transaction; answers the names of the
 * files it applied. Safe to run any number of times at once: one works, the others wait and find nothing to do.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const client = await connect(options.ownerUrl)
  try {
    await client.query(`SET lock_timeout = ${turnMs}`)
    await client.query('SELECT pg_catalog.pg_advisory_lock($1)', [lockId])
    await client.query(`SET lock_timeout = ${tableLockMs}`)
    await client.query(`SET statement_timeout = ${statementMs}`)
    await ensureRoles(client)
    if (options.runtimePassword !== null) await setRuntimePassword(client, options.runtimePassword)
    await client.query('CREATE SCHEMA IF NOT EXISTS postern AUTHORIZATION postern_owner')
    await client.query('SET ROLE postern_owner')
    return await applyFiles(client, options.log)
  } finally {
    // Ends the session, and with it the lock, the role and the timeouts.
    await client.end()
  }
}

export type MigrationStatus = { readonly applied: readonly string[]; readonly pending: readonly string[] }

/** What has been applied and what this version would still apply; changes nothing. */
export async function migrationStatus(ownerUrl: string): Promise<MigrationStatus> {
  const client = await connect(ownerUrl)
  try {
    const applied = await appliedNames(client)
    return { applied, pending: (await migrationNames()).filter(name => !applied.includes(name)) }
  } finally {
    await client.end()
  }
}

async function applyFiles(client: pg.Client, log: MigrateLog): Promise<readonly string[]> {
  const tell = (message: string) => log.debug({}, message)
  const applied = await runner({
    dbClient: client,
    dir: directory,
    direction: 'up',
    schema: 'postern',
    migrationsTable: table,
    singleTransaction: false,
    noLock: true,
    // What fails is thrown as well; the runner's own error line would print the whole file a second time.
    logger: { debug: tell, info: tell, warn: tell, error: tell },
  })
  for (const { name } of applied) log.info({ migration: name }, 'migration applied')
  return applied.map(({ name }) => name)
}

async function appliedNames(client: pg.Client): Promise<readonly string[]> {
  const found = await client.query(
    "SELECT pg_catalog.to_regclass('postern.migrations') IS NOT NULL AS exists",
  )
  if (!found.rows[0].exists) return []
  await client.query('SET ROLE postern_owner')
  const applied = await client.query<{ name: string }>('SELECT name FROM postern.migrations ORDER BY id')
  return applied.rows.map(({ name }) => name)
}

/** What this version brings, in order. */
export async function migrationNames(): Promise<readonly string[]> {
  const files = await readdir(directory)
  return files.map(file => file.replace(/\.sql$/, '')).sort()
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    application_name: 'postern migrate',
  })
  try {
    await client.connect()
    return client
  } catch (error) {
    throw storeFault(error, 'connect to Postgres as the owner')
  }
}
