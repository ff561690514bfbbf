import type { Clock } from '../../src/lib/clock.ts'
import { createManualClock } from './manual-clock.ts'

/** A clock whose timers, all of them meant for the next turn of the event loop, run one by one. */
export function createTurns() {
  const waiting: (() => void)[] = []
  const clock: Clock = {
    ...createManualClock(0),
    after(_, task) {
      waiting.push(task)
      return () => {
        const index = waiting.indexOf(task)
        if (index !== -1) waiting.splice(index, 1)
      }
    },
  }
  return {
    clock,
    waiting: () => waiting.length,
    /** Runs what waited longest; false where nothing waits. */
    next(): boolean {
      const task = waiting.shift()
      task?.()
      return task !== undefined
    },
  }
}
