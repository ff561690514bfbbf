import type { Test } from 'tap'
import type { FeedMessage, FeedSubscriber } from '../../src/access/feed.ts'
import { readFeedMessages } from '../../src/access/read-feed.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { RedisClient } from '../../src/store/redis/client.ts'
import { createRedisFeedPublisher } from '../../src/store/redis/feed-publisher.ts'
import type { FeedSubscriberOptions } from '../../src/store/redis/feed-subscriber.ts'
import { createRedisFeedSubscriber } from '../../src/store/redis/feed-subscriber.ts'
import { until } from './until.ts'

/** The change of a tenant's access to this version. */
export function changeTo(accessVersion: number, slug = 'acme'): FeedMessage {
  return { kind: 'access', tenantId: `id-of-${slug}`, slug, accessVersion }
}

export type Heard = {
  /** Versions in the order in which they were heard, and `gap` where one was told of. */
  readonly all: (number | 'gap')[]
  readonly states: string[]
  readonly times: () => number
  readonly unreadable: () => number
  /** Waits until this version was heard. */
  readonly hears: (accessVersion: number) => Promise<unknown>
  readonly gaps: (count: number) => Promise<unknown>
}

/** Listens with `subscribe` until the end of the test. */
export function listen(
  t: Test,
  subscribe: (events: FeedSubscriberOptions['events']) => FeedSubscriber,
): Heard & { readonly close: () => Promise<void> } {
  const all: (number | 'gap')[] = []
  const states: string[] = []
  let times = 0
  let unreadable = 0
  const subscriber = subscribe({
    onState: state => states.push(state),
    onUnreadable: () => (unreadable += 1),
  })
  subscriber.start({
    onMessage: message => all.push(message.kind === 'access' ? message.accessVersion : -1),
    onGap: () => all.push('gap'),
    onHeard: () => (times += 1),
  })
  t.teardown(() => subscriber.close())
  return {
    all,
    states,
    times: () => times,
    unreadable: () => unreadable,
    hears: version => until(`version ${version} is heard`, () => all.includes(version)),
    gaps: count => until(`${count} gaps`, () => all.filter(each => each === 'gap').length >= count),
    close: subscriber.close,
  }
}

/** Listens at a Redis, and is ready when this resolves. */
export async function listenAt(t: Test, url: string, changes: Partial<FeedSubscriberOptions> = {}) {
  const heard = listen(t, events =>
    createRedisFeedSubscriber({
      address: { url, username: null, password: null, name: 'postern-feed-test', connectTimeoutMs: 5000 },
      readMessages: readFeedMessages,
      blockMs: 50,
      graceMs: 5000,
      entriesMax: 100,
      retry: { delayMsMin: 5, delayMsMax: 20 },
      clock: systemClock,
      events,
      ...changes,
    }),
  )
  await until('it listens', () => heard.times() > 0)
  return heard
}

export function publisherAt(client: RedisClient) {
  return createRedisFeedPublisher({ client, entriesMax: 1000, versionTtlMs: 60_000 })
}
