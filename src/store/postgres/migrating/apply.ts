import { basename } from 'node:path'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { backoffMs } from '../../../lib/backoff.ts'
import type { Clock } from '../../../lib/clock.ts'
import { pause } from '../../../lib/clock.ts'
import { lockFailure, migrationFailure } from './failure.ts'
import type { MigrationFile } from './files.ts'
import type { MigrateLog } from './progress.ts'

export type ApplyOptions = {
  /** As postern_owner, and the only migrator of its database. */
  readonly client: pg.Client
  readonly directory: string
  /** All that the directory holds, in order. */
  readonly files: readonly MigrationFile[]
  readonly applied: readonly string[]
  /** How long a statement waits for a table: as long as it waits, every query of that table waits behind it. */
  readonly tableLockMs: number
  readonly attemptsMax: number
  readonly clock: Clock
  readonly log: MigrateLog
}

/** Between two attempts, so that the transaction that is in the way can end, and what piled up behind can pass. */
const pauses = { delayMsMin: 1_000, delayMsMax: 16_000 }
const statementMs = 600_000
/** An index that is built beside running writes holds up nobody, however long it takes. */
const concurrentMs = 6 * 3_600_000

/**
 * Applies what has not been applied yet, in order, each file in a transaction of its own, and answers the names. One
 * that cannot get a lock is rolled back and tried again, `attemptsMax` times; throws an Error that says which file
 * failed, where and why.
 */
export async function applyMigrations(options: ApplyOptions): Promise<readonly string[]> {
  const { files, applied, clock, log } = options
  const pending = files.filter(({ name }) => !applied.includes(name))
  for (const [index, file] of pending.entries()) {
    const { name } = file
    log.info({ migration: name }, `applying ${name} (${index + 1} of ${pending.length})`)
    const startMs = clock.elapsedMs()
    await applyPatiently(options, file)
    const ms = Math.round(clock.elapsedMs() - startMs)
    log.info({ migration: name, ms }, `applied ${name} in ${ms} ms`)
  }
  return pending.map(({ name }) => name)
}

async function applyPatiently(options: ApplyOptions, file: MigrationFile): Promise<void> {
  const { client, attemptsMax, tableLockMs, clock, log } = options
  for (let attempt = 1; ; attempt += 1) {
    try {
      await apply(options, file)
      return
    } catch (error) {
      // A connection that cannot roll back is gone, and Postgres rolls back by itself.
      await client.query('ROLLBACK').catch(() => {})
      if (!isBlocked(error)) throw migrationFailure(error, file)
      if (attempt === attemptsMax) throw lockFailure(file, { attempts: attempt, tableLockMs })
    }
    const pauseMs = backoffMs(attempt, pauses)
    log.info(
      { migration: file.name, attempt, pauseMs },
      `${file.name} did not get a lock within ${tableLockMs} ms and was rolled back; ` +
        `attempt ${attempt + 1} of ${attemptsMax} in ${(pauseMs / 1000).toFixed(1)} s`,
    )
    await pause(clock, pauseMs)
  }
}

/** No lock within lock_timeout, or chosen to end a deadlock. */
function isBlocked(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01')
}

async function apply(options: ApplyOptions, file: MigrationFile): Promise<void> {
  const { client, directory, files, tableLockMs } = options
  const concurrent = file.concurrentIndex !== null
  await client.query(`SET lock_timeout = ${concurrent ? concurrentMs : tableLockMs}`)
  await client.query(`SET statement_timeout = ${concurrent ? concurrentMs : statementMs}`)
  if (file.concurrentIndex !== null) await clearInvalid(client, file.concurrentIndex)
  await runner({
    dbClient: client,
    dir: directory,
    direction: 'up',
    schema: 'postern',
    migrationsTable: 'migrations',
    file: file.name,
    singleTransaction: false,
    noLock: true,
    migrationLoaderStrategies: [
      { extensions: ['.sql'], loader: async paths => paths.map(path => unitOf(path, files)) },
    ],
    // What fails is thrown as well; the runner's own error line would print the whole file a second time.
    logger: silent,
  })
}

/** The runner's own loader looks for `up migration` in comments, and knows no SQL outside a transaction. */
function unitOf(path: string, files: readonly MigrationFile[]) {
  const { text, concurrentIndex } = files.find(({ name }) => name === basename(path, '.sql'))!
  const up = (builder: { sql: (text: string) => void; noTransaction: () => void }) => {
    if (concurrentIndex !== null) builder.noTransaction()
    builder.sql(text)
  }
  return { id: path, filePaths: [path], actions: { up, down: false as const } }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A build that was broken off leaves an index that is kept up to date and never used. */
async function clearInvalid(client: pg.Client, index: string): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_index WHERE NOT indisvalid AND indexrelid =
       (SELECT oid FROM pg_catalog.pg_class WHERE relname = $1 AND relnamespace = 'postern'::regnamespace)`,
    [index],
  )
  if (rowCount === 1) await client.query(`DROP INDEX CONCURRENTLY postern.${index}`)
}
