import { Registry } from 'prom-client'
import type { Directory } from '../../src/access/directory.ts'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import type { ProxyConfig } from '../../src/config/config.ts'
import { redisOptions } from '../../src/config/redis-options.ts'
import { routeRules } from '../../src/config/routes.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openControl } from '../../src/proxy/wire-control.ts'
import { openDirectory } from '../../src/proxy/wire-directory.ts'
import { createEvents } from '../../src/proxy/wire-events.ts'
import { listenToFeed, redisFeed } from '../../src/proxy/wire-feed.ts'
import { watchStreams } from '../../src/proxy/wire-streams.ts'
import { trustIssuers } from '../../src/proxy/wire-tokens.ts'
import { createRedisClient } from '../../src/store/redis/client.ts'
import { createRedisDocumentStore } from '../../src/store/redis/document-store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import type { Origins } from './orders.ts'

export type SidecarDirectory = {
  readonly lookup: Directory['lookup']
  /** Since it was opened. */
  readonly origins: Origins
  readonly close: () => Promise<void>
}

const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const clock = systemClock

/**
 * The directory of one sidecar with all that feeds it, made by the functions that make a sidecar's: connections to Redis
 * and to the control plane of its own, the feed, revocations and keys. Resolves once it listens to the feed.
 */
export async function openSidecarDirectory(config: ProxyConfig): Promise<SidecarDirectory> {
  if (config.redis === null) throw new Error('a directory of the bench needs Redis')
  const origins: Origins = { memory: 0, store: 0, control: 0 }
  const listening = Promise.withResolvers<void>()
  const real = createEvents(log, createMetrics(new Registry(), { tenants: [], node: false }), clock)
  const events: typeof real = {
    ...real,
    directory: {
      ...real.directory,
      onFound(origin) {
        origins[origin] += 1
        real.directory.onFound(origin)
      },
    },
    subscriber: {
      ...real.subscriber,
      onState(state) {
        real.subscriber.onState(state)
        if (state === 'listening') listening.resolve()
      },
    },
  }
  const permissions = new PermissionIndex(
    routeRules(config).flatMap(({ permission }) => (permission === null ? [] : [permission])),
  )
  const caller = openControl(config, clock)
  const tokens = trustIssuers(config, { caller, clock, events })
  const redis = createRedisClient({
    ...redisOptions(config.redis),
    name: 'postern-proxy',
    clock,
    events: events.redis,
  })
  const store = createRedisDocumentStore(redis)
  const directory = openDirectory(config, { caller, permissions, store, clock, events })
  const streams = watchStreams(config, { ...tokens, directory, permissions, clock })
  const subscriber = redisFeed(config.redis, clock, events)
  const feed = listenToFeed(config, { ...tokens, subscriber, caller, directory, streams, clock, events })
  await Promise.all([tokens.started, directory.started, listening.promise])
  return {
    lookup: directory.lookup,
    origins,
    async close() {
      streams.close()
      await feed.close()
      await Promise.all([tokens.close(), directory.close(), caller.close()])
      redis.close()
    },
  }
}
