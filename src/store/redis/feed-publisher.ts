import { readFileSync } from 'node:fs'
import type { FeedMessage, FeedPublisher } from '../../access/feed.ts'
import { Fault } from '../../lib/fault.ts'
import type { RedisClient } from './client.ts'
import { versionKey } from './document-store.ts'

const raiseScript = readFileSync(new URL('./scripts/raise-version.lua', import.meta.url), 'utf8')

/** The one stream that every sidecar reads. */
export const feedKey = 'postern:feed'

/** The field of an entry that holds a list of messages as JSON. */
export const messagesField = 'm'

export type FeedPublisherOptions = {
  /** Its deadline is that of one step: all versions, then the entry. */
  readonly client: RedisClient
  /** How many entries the stream keeps, roughly: what a sidecar may be behind without missing anything. */
  readonly entriesMax: number
  /** Longer than any document is used: until then one that is older than the version told is not taken from Redis. */
  readonly versionTtlMs: number
}

/**
 * Tells sidecars through a Redis stream. The versions go first: whoever hears of a change, forgets, and looks into Redis
 * again cannot find there what was just changed.
 */
export function createRedisFeedPublisher(options: FeedPublisherOptions): FeedPublisher {
  const { client, entriesMax, versionTtlMs } = options
  const raiseVersion = client.defineScript('posternRaiseVersion', raiseScript)

  function raise(message: FeedMessage): Promise<unknown>[] {
    if (message.kind !== 'access') return []
    const values = [message.accessVersion, versionTtlMs]
    return [message.tenantId, message.slug].map(name => raiseVersion([versionKey(name)], values))
  }

  function add(text: string): Promise<unknown> {
    return client.run(redis => redis.xadd(feedKey, 'MAXLEN', '~', entriesMax, '*', messagesField, text))
  }

  return {
    async publish(messages) {
      await Promise.all(messages.flatMap(raise))
      const text = JSON.stringify(messages)
      try {
        await add(text)
      } catch (error) {
        if (!isBeyondUse(error)) throw error
        // To whoever listens a new stream is a gap.
        await client.run(redis => redis.del(feedKey))
        await add(text)
      }
    },
  }
}

/** Redis cannot add to what is there: it is no stream, or somebody gave the last id there can be to an entry of theirs. */
function isBeyondUse(error: unknown): boolean {
  const reason = error instanceof Fault ? error.details.reason : null
  return reason === 'ERR' || reason === 'WRONGTYPE'
}
