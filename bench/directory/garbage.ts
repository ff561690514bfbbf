import { PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects all of it, now: what is left is what is held. Node must not be started in any special way for it. */
export const collectGarbage: () => void = gcOf()

/** Watches collections from now on; `stop` answers how long the longest of them was, in milliseconds. */
export function watchPauses(): { readonly stop: () => number } {
  let longestMs = 0
  const observer = new PerformanceObserver(pauses => {
    for (const { duration } of pauses.getEntries()) longestMs = Math.max(longestMs, duration)
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    stop() {
      observer.disconnect()
      return longestMs
    },
  }
}

function gcOf(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
