import type { ControlCaller } from '../access/control-caller.ts'
import { createControlVersions } from '../access/control-versions.ts'
import type { Directory } from '../access/directory.ts'
import type { FeedSubscriber } from '../access/feed.ts'
import { readFeedMessages } from '../access/read-feed.ts'
import { createVersionSweep } from '../access/version-sweep.ts'
import type { ProxyConfig, RedisConfig } from '../config/config.ts'
import { redisOptions } from '../config/redis-options.ts'
import type { Clock } from '../lib/clock.ts'
import { createRedisFeedSubscriber } from '../store/redis/feed-subscriber.ts'
import type { Revocations } from '../token/revocations.ts'
import { createFeedListener } from './feed-listener.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Events } from './wire-events.ts'

const entriesOfRead = 100
const blockMs = 1000
const tenantsOfCall = 1000
const sweepRetry = { delayMsMin: 100, delayMsMax: 5000 }

export type FeedPorts = {
  /** Null where nothing is told: then all is as old as the directory lets it become. */
  readonly subscriber: FeedSubscriber | null
  readonly caller: ControlCaller
  readonly directory: Directory
  readonly streams: OpenStreams
  readonly revocations: Revocations
  readonly reloadRevocations: () => void
  readonly clock: Clock
  readonly events: Events
}

/** Begins to hear of changes and revocations, and asks for what may have been missed. */
export function listenToFeed(config: ProxyConfig, ports: FeedPorts): { readonly close: () => Promise<void> } {
  const { subscriber, caller, directory, streams, clock, events } = ports
  const sweep = createVersionSweep({
    directory: {
      heldTenants: () => [...new Set([...directory.heldTenants(), ...streams.tenantIds()])],
      confirm(tenantId, accessVersion) {
        directory.confirm(tenantId, accessVersion)
        if (accessVersion === null) streams.onTenantGone(tenantId)
        else streams.onTenantChanged(tenantId, accessVersion)
      },
    },
    source: createControlVersions({ caller, deadlineMs: config.control.listTimeoutMs }),
    clock,
    batchMax: tenantsOfCall,
    retry: sweepRetry,
    events: events.sweep,
  })
  const listener = createFeedListener({ ...ports, sweep, events: events.feed })
  if (subscriber !== null) {
    events.watchFeed(listener.ageMs)
    subscriber.start(listener)
  }
  return {
    async close() {
      sweep.close()
      await subscriber?.close()
    },
  }
}

/** The feed as a sidecar reads it out of Redis, over a connection of its own. */
export function redisFeed(config: RedisConfig, clock: Clock, events: Events): FeedSubscriber {
  const { url, username, password, connectTimeoutMs, reconnect } = redisOptions(config)
  return createRedisFeedSubscriber({
    address: { url, username, password, name: 'postern-feed', connectTimeoutMs },
    readMessages: readFeedMessages,
    blockMs,
    graceMs: connectTimeoutMs,
    entriesMax: entriesOfRead,
    retry: reconnect,
    clock,
    events: events.subscriber,
  })
}
