export type BackoffBounds = { readonly delayMsMin: number; readonly delayMsMax: number }

/**
 * How long to wait before attempt number `attempt` (from 1): doubles up to the bound, and half of it is random, so that
 * many processes that lost the same server do not come back in step.
 */
export function backoffMs(
  attempt: number,
  bounds: BackoffBounds,
  random: () => number = Math.random,
): number {
  const doublings = Math.min(Math.max(attempt - 1, 0), 30)
  const ceilingMs = Math.min(bounds.delayMsMin * 2 ** doublings, bounds.delayMsMax)
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random())
}
