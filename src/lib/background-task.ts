import type { BackoffBounds } from './backoff.ts'
import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'

export type BackgroundTaskOptions = {
  /** What it does fails by rejecting; whoever wants to know why looks there. */
  readonly work: () => Promise<void>
  readonly clock: Clock
  /** How long after it was done it is done again unasked, up to a tenth longer; null for never. */
  readonly everyMs: number | null
  readonly retry: BackoffBounds
}

export type BackgroundTask = {
  /**
   * Has it done from now on. What is under way was begun too early to count, so it is done once more afterwards; after a
   * failure the next try is waited for. Returns at once.
   */
  readonly start: () => void
  /** Does nothing more; what is under way is not cut. */
  readonly close: () => void
}

/** Does one thing in the background, never twice at a time, and after a failure again until it works. */
export function createBackgroundTask(options: BackgroundTaskOptions): BackgroundTask {
  const { work, clock, everyMs, retry } = options
  let isResting = true
  let isWanted = false
  let isClosed = false
  let failures = 0
  let cancel = (): void => {}

  async function run(): Promise<void> {
    cancel()
    isResting = false
    isWanted = false
    try {
      await work()
      failures = 0
    } catch {
      failures += 1
    }
    if (!isClosed) goOn()
  }

  function goOn(): void {
    if (failures > 0) runAfter(backoffMs(failures, retry))
    else if (isWanted) void run()
    else {
      isResting = true
      if (everyMs !== null) runAfter(everyMs * (1 + Math.random() / 10))
    }
  }

  function runAfter(delayMs: number): void {
    cancel = clock.after(delayMs, () => void run())
  }

  return {
    start() {
      if (isClosed) return
      if (isResting) void run()
      else isWanted = true
    },
    close() {
      isClosed = true
      cancel()
    },
  }
}
