/** Stops a timer that has not fired; safe to call twice, or after it fired. */
export type CancelTimer = () => void

/**
 * Where time comes from. Nothing outside lib/, config/, cli/ and wire.ts reads the time or starts a timer by itself,
 * so that a test owns both.
 */
export type Clock = {
  /** Wall time in milliseconds since 1970: for claims, documents and anything another machine will read. */
  readonly nowMs: () => number
  /** Monotonic milliseconds with a fraction: for durations and deadlines; never goes back. */
  readonly elapsedMs: () => number
  /** Runs `task` once after `delayMs`. The timer never keeps the process alive. */
  readonly after: (delayMs: number, task: () => void) => CancelTimer
}

export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  after: (delayMs: number, task: () => void) => {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
})

/** Resolves after `delayMs` of that clock; like every timer of it, it never keeps the process alive. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise(resolve => {
    clock.after(delayMs, resolve)
  })
}
