import type { Clock } from '../lib/clock.ts'

export type CallRateOptions = {
  /** Whose calls are counted: nobody else gets so far. */
  readonly callers: readonly string[]
  readonly perSecond: number
  /** How many may come at once, after a time of few. */
  readonly atOnce: number
  readonly clock: Clock
}

type Bucket = { calls: number; atMs: number }

/** How often each service may call this process: a bucket of calls for each, filled up evenly. */
export class CallRate {
  readonly #options: CallRateOptions
  readonly #buckets: ReadonlyMap<string, Bucket>

  constructor(options: CallRateOptions) {
    const { callers, atOnce, clock } = options
    this.#options = options
    this.#buckets = new Map(callers.map(caller => [caller, { calls: atOnce, atMs: clock.elapsedMs() }]))
  }

  /** Takes one call out. 0 where there was one, else how long until there is; a caller it was not told of waits a second. */
  take(caller: string): number {
    const bucket = this.#buckets.get(caller)
    if (bucket === undefined) return 1000
    const { perSecond, atOnce, clock } = this.#options
    const nowMs = clock.elapsedMs()
    bucket.calls = Math.min(atOnce, bucket.calls + ((nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    if (bucket.calls < 1) return ((1 - bucket.calls) / perSecond) * 1000
    bucket.calls -= 1
    return 0
  }
}
