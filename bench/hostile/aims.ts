/** What is aimed at: nothing that is promised. */
export type Aim = { readonly limit: number; readonly unit: string }

export const aims = Object.freeze({
  /** How far memory may lie from its median, after it has warmed up. */
  flatPercent: { limit: 5, unit: '%' },
  /** Of what the client spends itself. */
  amplification: { limit: 10, unit: '×' },
  stallMs: { limit: 50, unit: 'ms' },
  /** Added to the 99th percentile of good requests, in percent of it. */
  besidePercent: { limit: 10, unit: '%' },
  /** After the time that a head may take. */
  reapedMs: { limit: 1000, unit: 'ms' },
})

export function kept(value: number, { limit, unit }: Aim): string {
  return `≤ ${limit} ${unit}: ${value <= limit ? 'kept' : '**missed**'}`
}
