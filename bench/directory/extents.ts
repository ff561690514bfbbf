import type { BenchOptions } from '../arguments.ts'

export type DirectoryExtent = NonNullable<BenchOptions['directory']>

export type Extent = {
  readonly population: { readonly tenants: number; readonly usersPerTenant: number }
  /** Principals that are remembered, and timed lookups of them. */
  readonly warm: { readonly principals: number; readonly lookups: number }
  /** Lookups that find access in Redis, in each slice. */
  readonly store: { readonly slices: number; readonly count: number }
  /** The same of the control plane. */
  readonly control: { readonly slices: number; readonly count: number }
  /** Principals that all directories ask for at once. */
  readonly together: { readonly principals: number }
  /** Callers whose access is withdrawn: in each way, before anything is counted, and with each cut of the channel. */
  readonly withdrawn: { readonly each: number; readonly uncounted: number; readonly cut: number }
}

export const extents = {
  quick: {
    population: { tenants: 500, usersPerTenant: 5 },
    warm: { principals: 1000, lookups: 20_000 },
    store: { slices: 2, count: 300 },
    control: { slices: 2, count: 100 },
    together: { principals: 100 },
    withdrawn: { each: 4, uncounted: 2, cut: 0 },
  },
  usual: {
    population: { tenants: 10_000, usersPerTenant: 5 },
    warm: { principals: 10_000, lookups: 200_000 },
    store: { slices: 5, count: 2000 },
    control: { slices: 5, count: 500 },
    together: { principals: 500 },
    withdrawn: { each: 50, uncounted: 5, cut: 5 },
  },
  full: {
    population: { tenants: 100_000, usersPerTenant: 10 },
    warm: { principals: 10_000, lookups: 200_000 },
    store: { slices: 5, count: 2000 },
    control: { slices: 5, count: 500 },
    together: { principals: 500 },
    withdrawn: { each: 100, uncounted: 5, cut: 10 },
  },
} as const satisfies Record<DirectoryExtent, Extent>
