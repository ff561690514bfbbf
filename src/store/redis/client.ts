import { Redis } from 'ioredis'
import { backoffMs } from '../../lib/backoff.ts'
import type { CircuitState } from '../../lib/circuit-breaker.ts'
import { CircuitBreaker, CircuitOpen } from '../../lib/circuit-breaker.ts'
import type { Clock } from '../../lib/clock.ts'
import { DeadlineExceeded, withDeadline } from '../../lib/deadline.ts'
import { Fault } from '../../lib/fault.ts'

/** Where a Redis is, and who we are there. */
export type RedisAddress = {
  /** `redis://` or `rediss://host:port/db`; TLS peers are always verified, and query parameters are not read. */
  readonly url: string
  /** Beside what the URL holds; null where the URL holds it. */
  readonly username: string | null
  readonly password: string | null
  /** What CLIENT LIST calls this connection. */
  readonly name: string
  /** Until connected. */
  readonly connectTimeoutMs: number
}

/** `connectTimeoutMs` is also the longest silence on a connection that owes an answer. */
export type RedisClientOptions = RedisAddress & {
  readonly commandTimeoutMs: number
  readonly reconnect: { readonly delayMsMin: number; readonly delayMsMax: number }
  readonly breaker: { readonly failuresToOpen: number; readonly openMs: number }
  readonly clock: Clock
  readonly events: RedisClientEvents
}

export type RedisClientEvents = {
  /** A command failed, or was not tried. `reason` is one of a few words, fit for a label. */
  readonly onFailure: (reason: string) => void
  readonly onCircuit: (state: CircuitState) => void
  readonly onConnection: (status: 'ready' | 'lost') => void
}

/** One connection to one Redis, behind a circuit breaker. It never queues what it cannot send now. */
export type RedisClient = {
  /**
   * Sends one command. Rejects with STORE_UNAVAILABLE when there is no connection, no answer within the deadline, an
   * error reply, or when the circuit is open. A reply that comes too late is dropped: replies belong to commands by
   * their order, which a timeout does not change.
   */
  readonly run: <T>(command: (redis: Redis) => Promise<T>) => Promise<T>
  /** False while `run` would fail at once. */
  readonly usable: () => boolean
  /** For health metrics: connected, and the circuit closed. */
  readonly healthy: () => boolean
  /** The key's script, sent whole only when the server does not hold it; call once, before use. */
  readonly defineScript: (name: string, lua: string) => RedisScript
  readonly close: () => void
}

export type RedisScript = (keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>

/** Connects at once and goes on trying for ever; nothing waits for the connection. */
export function createRedisClient(options: RedisClientOptions): RedisClient {
  const { clock, events, commandTimeoutMs } = options
  const redis = connect(options)
  const breaker = new CircuitBreaker({ ...options.breaker, clock, onChange: events.onCircuit })
  redis.on('error', () => events.onFailure('connection'))
  redis.on('ready', () => events.onConnection('ready'))
  redis.on('close', () => events.onConnection('lost'))

  async function run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await breaker.run(() => withDeadline(clock, commandTimeoutMs, command(redis)))
    } catch (error) {
      const reason = reasonOf(error)
      events.onFailure(reason)
      throw new Fault('STORE_UNAVAILABLE', 'ask Redis', { reason })
    }
  }

  return {
    run,
    usable: () => breaker.admits(),
    healthy: () => redis.status === 'ready' && breaker.state === 'closed',
    defineScript(name, lua) {
      redis.defineCommand(name, { lua })
      const send = (redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>)[
        name
      ]!
      return (keys, values) => run(client => send.call(client, keys.length, ...keys, ...values))
    },
    close: () => redis.disconnect(),
  }
}

function connect(options: RedisClientOptions): Redis {
  return new Redis({
    ...connectionOptions(options),
    socketTimeout: options.connectTimeoutMs,
    retryStrategy: attempt => backoffMs(attempt, options.reconnect),
  })
}

/**
 * What all connections to Redis have in common. No offline queue, no second sending: a command that was not answered may
 * have been carried out, and whoever sent it has long been told of the failure.
 */
export function connectionOptions(address: RedisAddress) {
  const url = new URL(address.url)
  return {
    host: decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(url.pathname.slice(1)),
    ...credential('username', address.username ?? decodeURIComponent(url.username)),
    ...credential('password', address.password ?? decodeURIComponent(url.password)),
    ...(url.protocol === 'rediss:' ? { tls: { rejectUnauthorized: true } } : {}),
    protocol: 2 as const,
    connectionName: address.name,
    connectTimeout: address.connectTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  }
}

function credential(name: 'username' | 'password', value: string): Record<string, string> {
  return value === '' ? {} : { [name]: value }
}

/** A word for labels and logs. Messages are not passed on: a reply error carries the command's arguments. */
function reasonOf(error: unknown): string {
  if (error instanceof DeadlineExceeded) return 'timeout'
  if (error instanceof CircuitOpen) return 'circuit_open'
  if (error instanceof Error && error.name === 'ReplyError')
    return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? 'reply'
  return 'connection'
}
