import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { preferredPort } from '../demo/free-port.ts'
import { startPostgres } from '../demo/postgres.ts'
import { startRedis } from '../demo/redis.ts'
import type { Stack, StackPort } from '../demo/stack.ts'
import { startStack } from '../demo/stack.ts'
import { systemClock } from '../lib/clock.ts'
import { createLog } from '../telemetry/logger.ts'
import type { Command, Terminal } from './command.ts'
import { guide } from './dev-guide.ts'
import { exitCodes } from './exit.ts'
import type { Running } from './serve.ts'
import { serveUntilSignal, startFailure } from './serve.ts'

/** Taken where they are free; otherwise any other port is. */
const preferredPorts: Readonly<Record<StackPort, number>> = {
  traffic: 8080,
  metrics: 8081,
  admin: 8082,
  control: 8090,
  issuer: 8091,
  upstream: 8092,
}

export const command: Command = {
  usage: '[--upstream URL] [--json]',
  options: {
    upstream: { type: 'string', value: 'URL', meaning: 'Put the sidecar in front of this service instead' },
    json: { type: 'boolean', meaning: 'Print one line of JSON with all addresses, and nothing else' },
  },
  positionals: [0, 0],
  examples: ['postern dev', 'postern dev --upstream http://127.0.0.1:8000', 'postern dev --json'],
  run: async (values, _positionals, terminal) => {
    const { upstream, json } = values
    if (typeof upstream === 'string' && !/^https?:\/\/[^/]+\/?$/.test(upstream)) {
      terminal.err('postern: --upstream expects a URL without a path, such as http://127.0.0.1:8000')
      return exitCodes.usage
    }
    let demo: RunningDemo
    try {
      demo = await startDemo(typeof upstream === 'string' ? upstream : null, terminal)
    } catch (error) {
      terminal.err(`postern: the demo could not start: ${startFailure(error)}`)
      return exitCodes.failed
    }
    terminal.out(json === true ? JSON.stringify(demo.state) : guide(demo.state, demo.logFile))
    return serveUntilSignal(demo, terminal)
  },
}

/** What `--json` prints, and what `postern token` reads. */
export type DemoState = Stack['addresses'] & { readonly database: string; readonly redis: string | null }

type RunningDemo = Running & { readonly state: DemoState; readonly logFile: string }

async function startDemo(upstreamUrl: string | null, terminal: Terminal): Promise<RunningDemo> {
  const progress = (line: string) => terminal.err(`  ${line}`)
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.toReversed()) await closer()
  }
  try {
    const postgres = await startPostgres({ databaseUrl: terminal.env.DATABASE_URL, progress })
    closers.push(postgres.close)
    const redis = await startRedis({
      redisUrl: terminal.env.REDIS_URL,
      path: terminal.env.PATH,
      progress,
    })
    closers.push(redis.close)

    const directory = join(terminal.directory, '.postern')
    mkdirSync(directory, { recursive: true })
    const logFile = join(directory, 'dev.log')
    const log = createLog({
      level: 'info',
      bufferBytes: 1_048_576,
      destination: logFile,
      onDrop: () => {},
      clock: systemClock,
    })
    closers.push(log.close)
    const stack = await startStack({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      upstreamUrl,
      ports: await choosePorts(),
      clock: systemClock,
      log,
      logTo: logFile,
      progress,
    })
    closers.push(stack.close)

    const given = terminal.env.DATABASE_URL !== undefined
    const state = {
      ...stack.addresses,
      database: given ? withoutPassword(postgres.url) : postgres.url,
      redis: redis.url,
    }
    const stateFile = join(directory, 'dev.json')
    writeFileSync(stateFile, `${JSON.stringify(state)}\n`, { mode: 0o600 })
    closers.push(() => removeOwn(stateFile, state))
    return { state, logFile, drain: stack.drain, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function choosePorts(): Promise<Record<StackPort, number>> {
  const ports = { ...preferredPorts }
  for (const name of Object.keys(ports) as StackPort[]) ports[name] = await preferredPort(ports[name])
  return ports
}

/** Another demo that was started here since has written its own. */
function removeOwn(file: string, state: DemoState): void {
  try {
    const { traffic } = JSON.parse(readFileSync(file, 'utf8')) as DemoState
    if (traffic === state.traffic) rmSync(file, { force: true })
  } catch {
    // Gone already.
  }
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  url.password = ''
  return url.href
}
