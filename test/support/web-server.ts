import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onFreePort } from '../../src/demo/free-port.ts'
import { plainEnvironment } from '../../src/demo/kept-process.ts'
import type { Teardown } from './raw-peer.ts'
import { until } from './until.ts'

/** A web server of somebody else's, that tests put behind a sidecar: its package in Debian, its command, its arguments. */
export type WebServer = {
  readonly command: string
  readonly package: string
  /** How it is asked whether it is there. */
  readonly version: readonly string[]
  readonly args: (file: string) => readonly string[]
  /** The configuration; `directory` is its own, and readable by all. */
  readonly config: (at: { readonly port: number; readonly directory: string }) => string
}

export type RunningWebServer = { readonly origin: string; readonly port: number }

/** Debian puts them where only root's PATH looks. */
const env = { ...plainEnvironment, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin` }

export function hasWebServer({ command, version }: WebServer): boolean {
  return spawnSync(command, version, { env }).status === 0
}

/** What to give as `skip`: a machine without them may skip tests, one that gates may not. */
export function skipWithout(servers: readonly WebServer[]): string | false {
  const missing = servers.filter(server => !hasWebServer(server)).map(({ command }) => command)
  if (missing.length === 0 || process.env.CI !== undefined) return false
  return `no ${missing.join(', ')} on PATH: install ${missing.length === 1 ? 'it' : 'them'} to run this`
}

/** Starts it on loopback, in the foreground, with a directory of its own; ended by its process id with the test. */
export async function startWebServer(t: Teardown, server: WebServer): Promise<RunningWebServer> {
  if (!hasWebServer(server))
    throw new Error(`no ${server.command} on PATH (Debian: apt-get install ${server.package})`)
  const directory = mkdtempSync(join(tmpdir(), `postern-${server.command}-`))
  chmodSync(directory, 0o755)
  let child: ChildProcess | null = null
  t.teardown(async () => {
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close')
      child.kill('SIGTERM')
      await ended
    }
    rmSync(directory, { recursive: true, force: true })
  })
  const port = await onFreePort(async port => {
    const file = join(directory, 'config')
    writeFileSync(file, server.config({ port, directory }))
    child = await run(server, file, port)
    return port
  })
  return { port, origin: `http://127.0.0.1:${port}` }
}

async function run(server: WebServer, file: string, port: number): Promise<ChildProcess> {
  const child = spawn(server.command, server.args(file), {
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.on('data', chunk => {
      if (said.length < 10_000) said += chunk
    })
  await until(`${server.command} listens`, async () => {
    const listens = await accepts(port)
    if (child.exitCode !== null) throw new Error(`${server.command} ended while starting:\n${said}`)
    return listens
  })
  return child
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
