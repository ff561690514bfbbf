import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { runtimePasswordOf } from '../../src/demo/runtime-password.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import { setRuntimePassword } from '../../src/store/postgres/roles.ts'
import type { Log } from '../../src/telemetry/log.ts'

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Names the making of the template among the advisory locks of the maintenance database. */
const templateLock = '5514802667126319'

export type TestDatabase = {
  /** As the superuser of the tests. */
  readonly ownerUrl: string
  readonly runtimeUrl: string
}

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/**
 * A migrated database of the test's own on the server of DATABASE_URL, dropped at its end. Cloned from a template that
 * the first caller makes, so that migrations run once for all test files.
 */
export async function createTestDatabase(t: Test): Promise<TestDatabase> {
  const name = newName()
  await maintain(async client => {
    const template = await ensureTemplate(client)
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  t.teardown(() => dropDatabase(name))
  return { ownerUrl: ownerUrlOf(name), runtimeUrl: runtimeUrlOf(name) }
}

/** An empty database of the test's own. */
export async function createEmptyDatabase(t: Test): Promise<TestDatabase> {
  const name = newName()
  await maintain(client => client.query(`CREATE DATABASE ${name} TEMPLATE template0`))
  t.teardown(() => dropDatabase(name))
  return { ownerUrl: ownerUrlOf(name), runtimeUrl: runtimeUrlOf(name) }
}

/** Runs `work` with a client of its own. */
export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function ensureTemplate(client: pg.Client): Promise<string> {
  const template = `postern_template_${migrationsDigest()}`
  await client.query('SELECT pg_advisory_lock($1)', [templateLock])
  try {
    await makeTemplate(client, template)
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [templateLock])
  }
  return template
}

/** A template is renamed to its name when it is finished, so that one that was broken off is never used. */
async function makeTemplate(client: pg.Client, template: string): Promise<void> {
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [template])
  if (found.rowCount === 0) {
    const draft = newName()
    await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`)
    await migrate({ ownerUrl: ownerUrlOf(draft), runtimePassword: null, clock: systemClock, log: silentLog })
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`)
  }
  await setRuntimePassword(client, runtimePassword())
}

function migrationsDigest(): string {
  const directory = fileURLToPath(new URL('../../src/store/postgres/migrations', import.meta.url))
  const digest = createHash('sha256')
  for (const file of readdirSync(directory).sort()) digest.update(readFileSync(join(directory, file)))
  return digest.digest('hex').slice(0, 16)
}

async function dropDatabase(name: string): Promise<void> {
  await maintain(client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
}

async function maintain(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await withClient(serverUrl().href, work)
}

function ownerUrlOf(name: string): string {
  const url = serverUrl()
  url.pathname = `/${name}`
  return url.href
}

function runtimeUrlOf(name: string): string {
  const url = new URL(ownerUrlOf(name))
  url.username = 'postern_runtime'
  url.password = runtimePassword()
  return url.href
}

/** The runtime role belongs to the whole cluster: whoever sets its password, tests and demos, must set the same one. */
export function runtimePassword(): string {
  return runtimePasswordOf(serverUrl().href)
}

function newName(): string {
  return `postern_test_${randomBytes(8).toString('hex')}`
}

function serverUrl(): URL {
  const url = process.env.DATABASE_URL
  if (url === undefined) throw new Error('DATABASE_URL is not set: run the tests with `npm test -- <files>`')
  return new URL(url)
}
