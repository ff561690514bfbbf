import type { ChainableCommander } from 'ioredis'
import { Redis } from 'ioredis'
import type { FeedListener, FeedMessage, FeedSubscriber } from '../../access/feed.ts'
import type { BackoffBounds } from '../../lib/backoff.ts'
import { backoffMs } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import { withDeadline } from '../../lib/deadline.ts'
import { createPauses } from '../../lib/pauses.ts'
import type { RedisAddress } from './client.ts'
import { connectionOptions } from './client.ts'
import type { FeedPosition, StreamEntry, StreamLook } from './feed-position.ts'
import { advance, nothingYet } from './feed-position.ts'
import { feedKey, messagesField } from './feed-publisher.ts'

export type FeedSubscriberOptions = {
  /** It takes a connection for itself alone, which waits nearly all the time. */
  readonly address: RedisAddress
  /** Null for what nobody of ours wrote. */
  readonly readMessages: (text: string) => readonly FeedMessage[] | null
  /** How long one read waits for something to come. */
  readonly blockMs: number
  /** How late any answer may be before the connection is given up. */
  readonly graceMs: number
  /** How many entries are read at a time. */
  readonly entriesMax: number
  readonly retry: BackoffBounds
  readonly clock: Clock
  readonly events: FeedSubscriberEvents
}

export type FeedSubscriberEvents = {
  /** Called when it changes. Nothing is called before the first success, or for a failure before it. */
  readonly onState: (state: 'listening' | 'lost') => void
  /** An entry that cannot be understood; the listener is told of a gap. */
  readonly onUnreadable: () => void
}

/**
 * Reads the feed from a Redis stream, over and over: a read that waits until something comes, then a look at where the
 * stream is and what it holds from our position on. What can be seen only between those two, a stream that was trimmed
 * past us, flushed, or taken over by another primary, is a gap. The connection is used for nothing else, so a silence
 * longer than a read may take means that it is lost.
 */
export function createRedisFeedSubscriber(options: FeedSubscriberOptions): FeedSubscriber {
  const { clock, events, blockMs, graceMs } = options
  const pauses = createPauses(clock)
  let closing = false
  let listening = false
  let position: FeedPosition | null = null
  let connection: Redis | null = null
  let running = Promise.resolve()

  async function run(listener: FeedListener): Promise<void> {
    for (let failures = 0; !closing; ) {
      const redis = connect(options.address)
      connection = redis
      try {
        await withDeadline(clock, graceMs, redis.connect())
        for (let quiet = false; !closing; failures = 0) {
          await readOn(redis, listener, quiet)
          quiet = !(await somethingCame(redis))
        }
      } catch {
        failures += 1
        become('lost')
      } finally {
        redis.disconnect()
      }
      if (!closing) await pauses.pause(backoffMs(failures, options.retry))
    }
  }

  async function readOn(redis: Redis, listener: FeedListener, quiet: boolean): Promise<void> {
    const from = position?.entryId ?? pastTheEnd
    const found = await withDeadline(clock, graceMs, look(redis, from, options.entriesMax))
    const { entries, missed, ...next } = advance(position, { ...found, quiet })
    if (missed) listener.onGap()
    for (const entry of entries) hear(listener, entry)
    position = next.position
    if (found.isWhole) listener.onHeard()
    become('listening')
  }

  function hear(listener: FeedListener, [, fields]: StreamEntry): void {
    const messages = fields[0] === messagesField ? options.readMessages(fields[1] ?? '') : null
    if (messages === null) {
      events.onUnreadable()
      listener.onGap()
      return
    }
    for (const message of messages) listener.onMessage(message)
  }

  /** Waits until there is something after our position; false when there was nothing all the time. */
  async function somethingCame(redis: Redis): Promise<boolean> {
    const from = position?.entryId ?? nothingYet
    const read = redis.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', feedKey, from)
    return (await withDeadline(clock, blockMs + graceMs, read)) !== null
  }

  function become(state: 'listening' | 'lost'): void {
    if (listening === (state === 'listening') || closing) return
    listening = state === 'listening'
    events.onState(state)
  }

  return {
    start(listener) {
      running = run(listener)
    },
    async close() {
      closing = true
      pauses.stop()
      connection?.disconnect()
      await running
    },
  }
}

/** One attempt; whoever uses it makes another connection when it fails. */
function connect(address: RedisAddress): Redis {
  const redis = new Redis({ ...connectionOptions(address), lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  return redis
}

/** Where a look begins that only wants to know where the stream is. */
const pastTheEnd = '+'

type Replies = Awaited<ReturnType<ChainableCommander['exec']>>

/** All of it in one transaction: what the stream holds belongs to what it says of itself. */
async function look(redis: Redis, from: string, most: number): Promise<Omit<StreamLook, 'quiet'>> {
  const replies = await redis
    .multi()
    .info('replication')
    .xinfo('STREAM', feedKey)
    .xrange(feedKey, from, '+', 'COUNT', most)
    .exec()
  const stream = replyAt(replies, 1, 'no such key')
  const entries = replyAt(replies, 2) as StreamEntry[]
  return {
    history: /^master_replid:(\w+)/m.exec(String(replyAt(replies, 0)))?.[1] ?? '',
    lastId: lastIdOf(stream),
    entries,
    isWhole: entries.length < most,
  }
}

/** Null where it failed with `allowed`. */
function replyAt(replies: Replies, index: number, allowed?: string): unknown {
  const [error, reply] = replies?.[index] ?? [new Error('no reply'), null]
  if (error === null) return reply
  if (allowed !== undefined && error.message.includes(allowed)) return null
  throw error
}

/** XINFO answers a flat list of names and values; null stands for no stream. */
function lastIdOf(stream: unknown): string {
  if (!Array.isArray(stream)) return nothingYet
  const at = stream.indexOf('last-generated-id')
  if (at < 0) throw new Error('a stream without a last id')
  return String(stream[at + 1])
}
