import type { DocumentStore } from '../access/ports.ts'
import type { ControlConfig, RedisConfig } from '../config/config.ts'
import { controlSettings } from '../config/control-settings.ts'
import { redisOptions } from '../config/redis-options.ts'
import type { Clock } from '../lib/clock.ts'
import type { RedisClient } from '../store/redis/client.ts'
import { createRedisClient } from '../store/redis/client.ts'
import { createRedisDocumentStore } from '../store/redis/document-store.ts'
import type { Log } from '../telemetry/log.ts'
import type { RunningControl } from './wire.ts'
import { startControl } from './wire.ts'

type Surroundings = {
  readonly log: Log
  readonly clock: Clock
  /** Instead of the one in Redis: for a sidecar in the same process. */
  readonly documentStore?: DocumentStore
}

/** Starts a control plane as its file says, sharing documents in the Redis it names. */
export async function startConfiguredControl(
  config: ControlConfig,
  surroundings: Surroundings,
): Promise<RunningControl> {
  const redis = config.redis === null ? null : connect(config.redis, surroundings)
  const shared = redis === null ? null : createRedisDocumentStore(redis)
  const documentStore = surroundings.documentStore ?? shared
  try {
    const control = await startControl(controlSettings(config), { ...surroundings, documentStore })
    return { url: control.url, close: () => control.close().finally(() => redis?.close()) }
  } catch (error) {
    redis?.close()
    throw error
  }
}

function connect(redis: RedisConfig, { log, clock }: Surroundings): RedisClient {
  return createRedisClient({
    ...redisOptions(redis),
    name: 'postern-control',
    clock,
    events: {
      onFailure: () => {},
      onCircuit: state => log.warn({ state }, 'the circuit to Redis changed'),
      onConnection: status => log.info({ status }, 'the connection to Redis changed'),
    },
  })
}
