import type { CancelTimer, Clock } from '../../src/lib/clock.ts'

export type ManualClock = Clock & {
  /** Moves the time on and runs each timer that falls due, in the order of their due times. */
  readonly advance: (ms: number) => void
  /** Sets the wall clock so much forward, or back below zero; monotonic time and timers know nothing of it. */
  readonly setWall: (byMs: number) => void
  /** How many timers wait; a component that was closed leaves none. */
  readonly timerCount: () => number
}

type Timer = { readonly dueMs: number; readonly task: () => void }

/** A clock that stands still until a test moves it. Wall time starts at `startMs`, monotonic time at zero. */
export function createManualClock(startMs: number): ManualClock {
  const timers = new Set<Timer>()
  let elapsedMs = 0
  let setByMs = 0

  return {
    nowMs: () => startMs + setByMs + elapsedMs,
    elapsedMs: () => elapsedMs,
    after: (delayMs, task) => wait(elapsedMs + delayMs, task),
    setWall: byMs => {
      setByMs += byMs
    },
    timerCount: () => timers.size,
    advance: ms => {
      const untilMs = elapsedMs + ms
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer)
        elapsedMs = Math.max(elapsedMs, timer.dueMs)
        timer.task()
      }
      elapsedMs = untilMs
    },
  }

  function wait(dueMs: number, task: () => void): CancelTimer {
    const timer = { dueMs, task }
    timers.add(timer)
    return () => {
      timers.delete(timer)
    }
  }

  /** A Set keeps the order of insertion, so timers due at the same moment run in the order they were started. */
  function nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer
    }
    return next
  }
}
