import { Fault } from '../lib/fault.ts'
import type { Charge, Exceeded, Granted, Limiter, SharedLimiter } from './limiter.ts'

export type LimiterOptions = {
  /** Null where this process stands alone: then `local` decides about whole limits, and nothing is degraded. */
  readonly shared: SharedLimiter | null
  readonly local: { readonly take: (tenantId: string, charges: readonly Charge[]) => Granted | Exceeded }
  /** The part of every limit that this process may use while the shared store is away, above 0 and at most 1. */
  readonly share: number
}

/**
 * Builds the limiter: the shared one, and while that cannot answer this process's share of every limit.
 *
 * The share of a limit is rounded down, but never below one call of the route that asks: a small tenant is slowed, not
 * shut out. All sidecars together may therefore admit up to limit × share × sidecars, or one call each where that is
 * more. The local count begins empty when the store goes, and is not carried back when it returns.
 */
export function createLimiter({ shared, local, share }: LimiterOptions): Limiter {
  if (shared === null) return { take: local.take }
  return {
    take(tenantId, charges) {
      if (!shared.usable()) return takeShare(tenantId, charges)
      return shared.take(tenantId, charges).catch(error => {
        if (error instanceof Fault && error.code === 'STORE_UNAVAILABLE') return takeShare(tenantId, charges)
        throw error
      })
    },
  }

  function takeShare(tenantId: string, charges: readonly Charge[]): Granted | Exceeded {
    const reduced = charges.map(charge => ({ ...charge, max: shareOf(charge, share) }))
    return { ...local.take(tenantId, reduced), degraded: true }
  }
}

function shareOf({ max, amount }: Charge, share: number): number {
  return Math.min(max, Math.max(Math.floor(max * share), amount))
}
