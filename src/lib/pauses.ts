import type { CancelTimer, Clock } from './clock.ts'

/** The pauses of one loop, which has to end at once when it is closed. */
export type Pauses = {
  /** Resolves after `delayMs`, or when it is stopped. One at a time. */
  readonly pause: (delayMs: number) => Promise<void>
  /** Ends the pause under way; there are no more from now on. */
  readonly stop: () => void
}

export function createPauses(clock: Clock): Pauses {
  let stopped = false
  let endPause = () => {}
  return {
    pause(delayMs) {
      if (stopped) return Promise.resolve()
      return new Promise(resolve => {
        const cancel: CancelTimer = clock.after(delayMs, resolve)
        endPause = () => {
          cancel()
          resolve()
        }
      })
    },
    stop() {
      stopped = true
      endPause()
    },
  }
}
