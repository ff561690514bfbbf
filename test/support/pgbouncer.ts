import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onFreePort } from '../../src/demo/free-port.ts'
import { plainEnvironment } from '../../src/demo/kept-process.ts'
import { unprivilegedUser } from '../../src/demo/postgres-cluster.ts'

/** Debian puts it where only root's PATH looks. */
const env = { ...plainEnvironment, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin` }

const missing =
  'no pgbouncer on PATH: install it (Debian, Ubuntu: apt-get install pgbouncer; macOS: brew install pgbouncer)'

export function hasPgbouncer(): boolean {
  return spawnSync('pgbouncer', ['--version'], { env }).status === 0
}

/** What to give as `skip` to tests that need PgBouncer: a machine without it may skip them, one that gates may not. */
export function skipWithoutPgbouncer(): string | false {
  return hasPgbouncer() || process.env.CI !== undefined ? false : missing
}

export type Pgbouncer = {
  /** The same database, role and password, through PgBouncer. */
  readonly through: (url: string) => string
  /** Without a word to anyone, as when its machine is lost. */
  readonly kill: () => Promise<void>
  /** On the same port, after it was killed. */
  readonly start: () => Promise<void>
}

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

/**
 * A PgBouncer of the test's own on loopback, in transaction mode, before the server of `url`; it admits the role of that
 * URL, to any database. Nothing of the startup packet is ignored, so a client that asks for a setting is turned away.
 *
 * @param servers how many connections to Postgres all clients share
 */
export async function startPgbouncer(
  t: Test,
  options: { readonly url: string; readonly servers: number },
): Promise<Pgbouncer> {
  if (!hasPgbouncer()) throw new Error(missing)
  const directory = await mkdtemp(join(tmpdir(), 'postern-pgbouncer-'))
  const user = await unprivilegedUser()
  if (user !== null) await chown(directory, user.uid, user.gid)
  let running: Running | null = null
  t.teardown(async () => {
    await running?.kill()
    await rm(directory, { recursive: true, force: true })
  })
  const start = async (port: number) => {
    const config = await configure(directory, port, options, user)
    running = await run(config, user)
    return port
  }
  const port = await onFreePort(start)
  return {
    through(url) {
      const through = new URL(url)
      through.hostname = '127.0.0.1'
      through.port = String(port)
      return through.href
    },
    kill: async () => running?.kill(),
    start: async () => void (await start(port)),
  }
}

type User = Awaited<ReturnType<typeof unprivilegedUser>>
type Running = { readonly kill: () => Promise<void> }

async function configure(
  directory: string,
  port: number,
  { url, servers }: { readonly url: string; readonly servers: number },
  user: User,
): Promise<string> {
  const { hostname, port: serverPort, username, password } = new URL(url)
  const users = join(directory, 'users')
  // Its password in the clear, because PgBouncer itself logs in with it by SCRAM.
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`, { mode: 0o600 })
  const file = join(directory, 'pgbouncer.ini')
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${serverPort === '' ? 5432 : serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    `default_pool_size = ${servers}`,
    'max_client_conn = 200',
    // How soon it tries again after Postgres turned it away; the default would outlast a test.
    'server_login_retry = 1',
  ]
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o600 })
  if (user !== null) for (const each of [users, file]) await chown(each, user.uid, user.gid)
  return file
}

/** Resolves once it serves; it may not run as root. */
async function run(config: string, user: User): Promise<Running> {
  const child = spawn('pgbouncer', [config], {
    cwd: '/',
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  })
  const exited = once(child, 'close')
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => reject(new Error(`pgbouncer ended while starting:\n${said.join('\n')}`)))
    createInterface({ input: child.stderr }).on('line', line => {
      if (said.length < 100) said.push(line)
      if (line.includes('process up')) resolve()
    })
  })
  return {
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
