import type { Figure } from '../compare/figures.ts'

/** What is aimed at: nothing that is promised. */
export type Aim = { readonly limit: number; readonly unit: string }

export const aims = Object.freeze({
  memoryMicroseconds: { limit: 5, unit: 'µs' },
  storeMs: { limit: 3, unit: 'ms' },
  controlMs: { limit: 10, unit: 'ms' },
  memoryMegabytes: { limit: 25, unit: 'MB' },
  toldMs: { limit: 250, unit: 'ms' },
  /** Until the directory would not use what it has without asking. */
  untoldMs: { limit: 60_000, unit: 'ms' },
})

/** Whether it was reached in every slice. */
export function kept({ middle, most }: Figure, { limit, unit }: Aim): string {
  if (most <= limit) return `≤ ${limit} ${unit}: kept`
  return middle <= limit ? `≤ ${limit} ${unit}: **missed in a slice**` : `≤ ${limit} ${unit}: **missed**`
}
