import { createBackgroundTask } from '../lib/background-task.ts'
import type { BackoffBounds } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import type { Revocation } from './revocation.ts'
import type { Revocations } from './revocations.ts'

/** The control plane, asked for everything that is revoked. */
export type RevocationSource = {
  /**
   * Hands every revocation that still matters to `add`, a page at a time. Rejects with DIRECTORY_UNAVAILABLE when not
   * all of them could be had; what was added by then is true all the same.
   */
  readonly loadAll: (add: (revocation: Revocation) => void) => Promise<void>
}

export type RevocationLoaderOptions = {
  readonly source: RevocationSource
  readonly revocations: Pick<Revocations, 'add' | 'complete'>
  readonly clock: Clock
  /** How long after one list the next is loaded, although the feed tells of every revocation. */
  readonly everyMs: number
  readonly retry: BackoffBounds
  readonly events: {
    readonly onLoaded: () => void
    readonly onFailure: (error: unknown) => void
  }
}

export type RevocationLoader = {
  /** Resolves when the first list is in; never rejects. */
  readonly started: Promise<void>
  /** Loads the list again, because some may have been missed. Returns at once; called while it loads, it loads again. */
  readonly reload: () => void
  /** Since the last whole list; null before the first. */
  readonly ageMs: () => number | null
  readonly close: () => void
}

/** Loads the list of revocations, goes on trying until it is in, and keeps it up to date from then on. Never throws. */
export function startRevocationLoader(options: RevocationLoaderOptions): RevocationLoader {
  const { source, revocations, clock, events } = options
  const first = Promise.withResolvers<void>()
  let loadedAtMs: number | null = null

  const task = createBackgroundTask({
    clock,
    everyMs: options.everyMs,
    retry: options.retry,
    async work() {
      const startedAtMs = clock.elapsedMs()
      try {
        await source.loadAll(revocation => revocations.add(revocation))
      } catch (error) {
        events.onFailure(error)
        throw error
      }
      revocations.complete()
      loadedAtMs = startedAtMs
      events.onLoaded()
      first.resolve()
    },
  })
  task.start()
  return {
    started: first.promise,
    reload: task.start,
    ageMs: () => (loadedAtMs === null ? null : clock.elapsedMs() - loadedAtMs),
    close: task.close,
  }
}
