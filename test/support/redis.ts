import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { systemClock } from '../../src/lib/clock.ts'
import type { RedisClient, RedisClientEvents, RedisClientOptions } from '../../src/store/redis/client.ts'
import { createRedisClient } from '../../src/store/redis/client.ts'

/** The Redis that all tests share: `npm test` starts one. Use ids of your own, and never flush it. */
export function sharedRedisUrl(): string {
  const url = process.env.REDIS_URL
  if (url === undefined) throw new Error('REDIS_URL is not set: run tests with `npm test -- FILES`')
  return url
}

export type OwnRedis = {
  readonly url: string
  readonly pid: number
  /** Stops the process as `docker pause` does: connections stay open, nothing answers. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly kill: () => Promise<void>
}

/** A Redis for one test, on a free port or on `port`, that may be frozen, flushed and killed. */
export async function startOwnRedis(t: Test, port?: number): Promise<OwnRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-redis-'))
  const chosen = port ?? (await freePort())
  const server = spawn(
    'redis-server',
    ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const exited = once(server, 'exit')
  t.teardown(async () => {
    server.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.on('exit', () => reject(new Error('redis-server ended while starting')))
    server.stdout.on('data', chunk => {
      if (String(chunk).includes('Ready to accept connections')) resolve()
    })
  })
  return {
    url: `redis://127.0.0.1:${chosen}/0`,
    pid: server.pid!,
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    async kill() {
      server.kill('SIGKILL')
      await exited
    },
  }
}

/** A plain connection, to look at what is stored and to disturb it. */
export async function connectPlainly(t: Test, url: string): Promise<Redis> {
  const redis = new Redis(url, { lazyConnect: true, protocol: 2 })
  // Tests kill what it is connected to.
  redis.on('error', () => {})
  await redis.connect()
  t.teardown(() => redis.disconnect())
  return redis
}

/** The client under test, connected, with every failure it reports from then on. */
export async function connectClient(
  t: Test,
  url: string,
  changes: Partial<RedisClientOptions> = {},
): Promise<{ readonly client: RedisClient; readonly failures: string[] }> {
  const failures: string[] = []
  const client = buildClient(url, { onFailure: reason => failures.push(reason) }, changes)
  t.teardown(client.close)
  while (!client.healthy()) await new Promise(resolve => setTimeout(resolve, 2))
  failures.length = 0
  return { client, failures }
}

export function buildClient(
  url: string,
  events: Partial<RedisClientEvents> = {},
  changes: Partial<RedisClientOptions> = {},
): RedisClient {
  return createRedisClient({
    url,
    username: null,
    password: null,
    name: 'postern-test',
    commandTimeoutMs: 5000,
    connectTimeoutMs: 5000,
    reconnect: { delayMsMin: 5, delayMsMax: 50 },
    breaker: { failuresToOpen: 1, openMs: 10 },
    clock: systemClock,
    events: { onFailure() {}, onCircuit() {}, onConnection() {}, ...events },
    ...changes,
  })
}

/** Probes until the store answers again; how long that takes is the store's own affair. */
export async function untilHealthy(client: RedisClient): Promise<void> {
  while (!client.healthy()) {
    if (client.usable()) await client.run(redis => redis.ping()).catch(() => {})
    else await new Promise(resolve => setTimeout(resolve, 2))
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
