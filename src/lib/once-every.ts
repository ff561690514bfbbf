import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'

/**
 * Says yes to the first of a kind, and then not again for `everyMs`: for log lines that somebody else could cause at
 * will. Of more kinds than `kindsMax` those that were heard of longest ago are new again.
 */
export function createOnceEvery(options: {
  readonly clock: Clock
  readonly everyMs: number
  readonly kindsMax: number
}): (kind: string) => boolean {
  const { clock, everyMs } = options
  const saidMs = new LRUCache<string, number>({ max: options.kindsMax })
  return kind => {
    const nowMs = clock.elapsedMs()
    const before = saidMs.get(kind)
    if (before !== undefined && nowMs - before < everyMs) return false
    saidMs.set(kind, nowMs)
    return true
  }
}
