/** Milliseconds, or any other measure of which smaller is better, as they were at these ranks. */
export type Summary = {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Sorts all samples: exact, and cheap enough for the few hundred thousand of a run. */
export function summarise(samples: Iterable<number>): Summary {
  const sorted = Float64Array.from(samples).sort()
  return {
    count: sorted.length,
    p50: atRank(sorted, 0.5),
    p90: atRank(sorted, 0.9),
    p99: atRank(sorted, 0.99),
    max: atRank(sorted, 1),
  }
}

export function median(values: readonly number[]): number {
  return atRank(Float64Array.from(values).sort(), 0.5)
}

/** The nearest rank: a value that was measured, never one between two. */
function atRank(sorted: Float64Array, rank: number): number {
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)]!
}
