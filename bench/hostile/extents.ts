import type { BenchOptions } from '../arguments.ts'

export type HostileExtent = NonNullable<BenchOptions['hostile']>

export type Extent = {
  /** Distinct tokens of each kind, and how often memory is looked at meanwhile. */
  readonly tokens: { readonly valid: number; readonly invalid: number; readonly looks: number }
  /** How long each input is sent over and over, and over how many connections at a time. */
  readonly flood: { readonly ms: number; readonly connections: number }
  /** Connections that hold back the last byte of an input. */
  readonly held: { readonly connections: number }
  /** Connections that send a byte now and then, and what is asked beside them. */
  readonly slow: { readonly connections: number; readonly perSecond: number; readonly seconds: number }
}

export const extents = {
  quick: {
    tokens: { valid: 100_000, invalid: 100_000, looks: 20 },
    flood: { ms: 1500, connections: 8 },
    held: { connections: 200 },
    slow: { connections: 500, perSecond: 100, seconds: 4 },
  },
  usual: {
    tokens: { valid: 100_000, invalid: 100_000, looks: 20 },
    flood: { ms: 4000, connections: 8 },
    held: { connections: 500 },
    slow: { connections: 2000, perSecond: 200, seconds: 8 },
  },
  full: {
    tokens: { valid: 1_000_000, invalid: 1_000_000, looks: 40 },
    flood: { ms: 8000, connections: 8 },
    held: { connections: 1000 },
    slow: { connections: 2000, perSecond: 200, seconds: 20 },
  },
} as const satisfies Record<HostileExtent, Extent>
