import type { FeedMessage, FeedOutbox, FeedPublisher } from '../access/feed.ts'
import type { BackoffBounds } from '../lib/backoff.ts'
import { backoffMs } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { DeadlineExceeded, withDeadline } from '../lib/deadline.ts'
import type { FaultCode } from '../lib/fault.ts'
import { asFault, Fault } from '../lib/fault.ts'
import { createPauses } from '../lib/pauses.ts'

export type RelayOptions = {
  readonly outbox: FeedOutbox
  readonly publisher: FeedPublisher
  readonly clock: Clock
  /** How long it rests when no more waits. */
  readonly idleMs: number
  /** How many messages of each kind it takes at a time. */
  readonly batchMax: number
  /** For one batch to be published: the outbox holds it in a transaction meanwhile. */
  readonly publishMs: number
  /** How often it discards what has expired. */
  readonly discardEveryMs: number
  readonly retry: BackoffBounds
  readonly events: RelayEvents
}

export type RelayEvents = {
  /** `lagsMs` has one value for each change of access: from its writing until it was published. */
  readonly onRelayed: (relayed: { readonly lagsMs: readonly number[]; readonly revocations: number }) => void
  readonly onFailure: (code: FaultCode) => void
  /** It fails since now, and why; null when it works again. */
  readonly onChange: (problem: Fault | null) => void
}

export type Relay = {
  /** Since it last found that nothing waits, or passed on what did; NaN before the first time. */
  readonly ageMs: () => number
  /** Stops after the batch under way. */
  readonly close: () => Promise<void>
}

/**
 * Passes on to sidecars what waits in the outbox, until it is closed. It asks instead of being woken: LISTEN does not
 * work through PgBouncer in transaction mode, and to find nothing costs next to nothing. Any number may run at a time.
 */
export function startRelay(options: RelayOptions): Relay {
  const { outbox, publisher, clock, batchMax, events } = options
  const pauses = createPauses(clock)
  let closing = false
  let failures = 0
  let succeededAtMs = Number.NaN
  let discardAtMs = clock.elapsedMs()

  async function run(): Promise<void> {
    while (!closing) await pauses.pause(await passOn())
  }

  /** Answers how long to rest then. */
  async function passOn(): Promise<number> {
    try {
      const isMoreLikely = await deliver()
      await discard()
      if (failures > 0) events.onChange(null)
      failures = 0
      succeededAtMs = clock.elapsedMs()
      return isMoreLikely ? 0 : options.idleMs
    } catch (error) {
      const fault = asFault(error)
      failures += 1
      events.onFailure(fault.code)
      if (failures === 1) events.onChange(fault)
      return backoffMs(failures, options.retry)
    }
  }

  async function deliver(): Promise<boolean> {
    let publishedMs = 0
    const { waitedMs, revocations } = await outbox.deliver(batchMax, async messages => {
      const startMs = clock.elapsedMs()
      await publish(messages)
      publishedMs = clock.elapsedMs() - startMs
    })
    events.onRelayed({ lagsMs: waitedMs.map(ms => ms + publishedMs), revocations })
    return waitedMs.length === batchMax || revocations === batchMax
  }

  async function publish(messages: readonly FeedMessage[]): Promise<void> {
    try {
      await withDeadline(clock, options.publishMs, publisher.publish(messages))
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error
      throw new Fault('STORE_UNAVAILABLE', 'tell sidecars in time', {}, error)
    }
  }

  /** So many at a time, as long as there are so many. That it failed is no reason to do it all the time. */
  async function discard(): Promise<void> {
    const nowMs = clock.elapsedMs()
    if (nowMs < discardAtMs) return
    discardAtMs = nowMs + options.discardEveryMs
    if ((await outbox.discardExpired(discardMax)) === discardMax) discardAtMs = nowMs
  }

  const running = run()
  return {
    ageMs: () => clock.elapsedMs() - succeededAtMs,
    close() {
      closing = true
      pauses.stop()
      return running
    },
  }
}

const discardMax = 1000
