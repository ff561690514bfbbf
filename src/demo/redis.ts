import { accessSync, constants } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { systemClock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import { onFreePort } from './free-port.ts'
import { startKeptProcess } from './kept-process.ts'

export type RedisOptions = {
  /** A Redis that runs already; undefined starts one. */
  readonly redisUrl: string | undefined
  /** The PATH to find redis-server or valkey-server on. */
  readonly path: string | undefined
  readonly progress: (line: string) => void
}

export type DemoRedis = {
  /** Null when there is no Redis: whoever needs one uses its stand-in of this process. */
  readonly url: string | null
  readonly close: () => Promise<void>
}

const reachMsMax = 5_000
const startMsMax = 20_000

/**
 * Finds or starts a Redis for a demonstration or for tests.
 *
 * What it starts listens on 127.0.0.1, keeps nothing on disk and does not outlive this process. Throws an Error whose
 * message says where it looked and what to do, without any password.
 */
export async function startRedis(options: RedisOptions): Promise<DemoRedis> {
  if (options.redisUrl !== undefined) {
    const host = await reach(options.redisUrl)
    options.progress(`Redis at ${host} (REDIS_URL)`)
    return { url: options.redisUrl, close: () => Promise.resolve() }
  }
  const file = findRedis(options.path)
  if (file === null) {
    options.progress(
      'no REDIS_URL and no redis-server on PATH: an in-process stand-in serves this one process',
    )
    return { url: null, close: () => Promise.resolve() }
  }
  const started = await onFreePort(port => startServer(file, port))
  options.progress(`Redis at ${new URL(started.url).host} (${file}, nothing kept)`)
  return started
}

/** The first redis-server or valkey-server on a PATH that may be run. */
export function findRedis(path: string | undefined): string | null {
  for (const directory of (path ?? '').split(delimiter)) {
    if (directory === '') continue
    for (const name of ['redis-server', 'valkey-server']) {
      const file = join(directory, name)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {}
    }
  }
  return null
}

async function startServer(
  file: string,
  port: number,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-redis-'))
  const volatile = ['--save', '', '--appendonly', 'no', '--dir', directory]
  const server = await startKeptProcess({
    file,
    args: ['--port', String(port), '--bind', '127.0.0.1', ...volatile],
    directory,
    stopSignal: 'TERM',
    user: null,
    readyWords: 'Ready to accept connections',
    startMsMax,
  })
  const url = `redis://127.0.0.1:${port}/0`
  try {
    await ping(url)
  } catch (error) {
    await server.close()
    throw new Error(`${file} started, but does not answer: ${reason(error)}`)
  }
  return { url, close: server.close }
}

async function reach(redisUrl: string): Promise<string> {
  if (!URL.canParse(redisUrl) || !/^rediss?:/.test(redisUrl)) {
    throw new Error('REDIS_URL is no URL of the form redis://user:password@host:port/0')
  }
  const { host } = new URL(redisUrl)
  try {
    await ping(redisUrl)
  } catch (error) {
    throw new Error(
      `Redis at ${host} (REDIS_URL) cannot be used: ${reason(error)}. ` +
        'Start it, correct REDIS_URL, or unset it to start redis-server from PATH.',
    )
  }
  return host
}

async function ping(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2,
    connectTimeout: reachMsMax,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let cause: unknown
  redis.on('error', error => {
    cause = error
  })
  try {
    await withDeadline(
      systemClock,
      reachMsMax,
      redis.connect().then(() => redis.ping()),
    )
  } catch (error) {
    throw cause ?? error
  } finally {
    redis.disconnect()
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}
