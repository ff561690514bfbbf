import type { RedisConfig } from './config.ts'

/** What a Redis client takes of the configuration. */
export function redisOptions(redis: RedisConfig) {
  return {
    url: redis.url,
    username: redis.username,
    password: redis.password,
    commandTimeoutMs: redis.commandTimeoutMs,
    connectTimeoutMs: redis.connectTimeoutMs,
    reconnect: { delayMsMin: redis.reconnectMsMin, delayMsMax: redis.reconnectMsMax },
    breaker: { failuresToOpen: redis.failuresToOpen, openMs: redis.openMs },
  }
}
