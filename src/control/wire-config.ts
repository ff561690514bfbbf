import type { FeedPublisher } from '../access/feed.ts'
import type { DocumentStore } from '../access/ports.ts'
import type { ControlConfig, RedisConfig } from '../config/config.ts'
import { controlSettings } from '../config/control-settings.ts'
import { redisOptions } from '../config/redis-options.ts'
import type { Clock } from '../lib/clock.ts'
import type { RedisClient } from '../store/redis/client.ts'
import { createRedisClient } from '../store/redis/client.ts'
import { createRedisDocumentStore } from '../store/redis/document-store.ts'
import { createRedisFeedPublisher } from '../store/redis/feed-publisher.ts'
import type { Log } from '../telemetry/log.ts'
import type { RunningControl } from './wire.ts'
import { startControl } from './wire.ts'

type Surroundings = {
  readonly log: Log
  readonly clock: Clock
  /** Instead of the one in Redis: for a sidecar in the same process. */
  readonly documentStore?: DocumentStore
  /** Likewise. */
  readonly feed?: FeedPublisher
}

/** Four times what a document may live: a version outlasts whatever was made before it, however late it is shared. */
const versionTtlMs = 3_600_000

/** Starts a control plane as its file says, sharing documents and telling of changes in the Redis it names. */
export async function startConfiguredControl(
  config: ControlConfig,
  surroundings: Surroundings,
): Promise<RunningControl> {
  const redis = config.redis === null ? null : connect(config.redis, config.relay, surroundings)
  const documentStore = surroundings.documentStore ?? (redis && createRedisDocumentStore(redis.documents))
  const feed =
    surroundings.feed ??
    (redis &&
      createRedisFeedPublisher({ client: redis.feed, entriesMax: config.relay.entries, versionTtlMs }))
  const disconnect = () => {
    redis?.documents.close()
    redis?.feed.close()
  }
  try {
    const control = await startControl(controlSettings(config), { ...surroundings, documentStore, feed })
    return { url: control.url, close: () => control.close().finally(disconnect) }
  } catch (error) {
    disconnect()
    throw error
  }
}

/**
 * Two connections: a document that was not shared in time must not keep sidecars from being told. The feed has no use
 * for a circuit breaker, as the relay tries again by itself, ever more slowly.
 */
function connect(
  redis: RedisConfig,
  relay: ControlConfig['relay'],
  { log, clock }: Surroundings,
): { readonly documents: RedisClient; readonly feed: RedisClient } {
  const options = redisOptions(redis)
  const documents = createRedisClient({
    ...options,
    name: 'postern-control',
    clock,
    events: {
      onFailure: () => {},
      onCircuit: state => log.warn({ state }, 'the circuit to Redis changed'),
      onConnection: status => log.info({ status }, 'the connection to Redis changed'),
    },
  })
  const feed = createRedisClient({
    ...options,
    commandTimeoutMs: relay.publishTimeoutMs,
    breaker: { failuresToOpen: Number.POSITIVE_INFINITY, openMs: 0 },
    name: 'postern-control-feed',
    clock,
    events: { onFailure: () => {}, onCircuit: () => {}, onConnection: () => {} },
  })
  return { documents, feed }
}
