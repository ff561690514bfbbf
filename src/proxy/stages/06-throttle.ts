import type { PreparedAccess } from '../../access/prepared-access.ts'
import type { Charge, Exceeded, Granted, Limiter } from '../../limit/limiter.ts'
import type { AddressLimit } from '../address-limit.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage, Verdict } from '../verdict.ts'
import { deny } from '../verdict.ts'

export type ThrottlePorts = {
  readonly limiter: Limiter
  /** What an address may ask of public routes. */
  readonly addresses: AddressLimit
}

/**
 * Builds the stage that charges a request to all of its tenant's windows, or refuses it and charges nothing.
 *
 * A request of a public route is charged to the address that it came from, for nobody else is known. One whose tenant is
 * not known, because an earlier stage is off or watched only, is charged to nobody.
 *
 * @returns a stage that sets `exchange.grant`; refuses with RATE_LIMITED, or ADDRESS_LIMITED on a public route, and a
 *   Retry-After that is true, in seconds
 */
export function createThrottle({ limiter, addresses }: ThrottlePorts): Stage {
  const chargesOf = createChargeTable()
  return exchange => {
    const { access } = exchange
    const { charge, permission } = exchange.route!.rule
    if (permission === null) return addresses.take(exchange)
    if (access === null || charge === 0) return null
    const charges = chargesOf(access, charge)
    if (charges.length === 0) return null
    const taken = limiter.take(access.document.tenant.id, charges)
    return taken instanceof Promise ? taken.then(later => settle(exchange, later)) : settle(exchange, taken)
  }

  function settle(exchange: Exchange, taken: Granted | Exceeded): Verdict {
    exchange.grant = taken
    if (taken.granted) return null
    const seconds = Math.max(1, Math.ceil(taken.retryAfterMs / 1000))
    const whose = taken.degraded ? 'this sidecar’s share of limit' : 'limit'
    return deny('RATE_LIMITED', `The tenant has used up ${whose} ${taken.name}.`, [
      'Retry-After',
      String(seconds),
    ])
  }
}

/** The charges of a document, written once for each amount that a route charges. */
function createChargeTable(): (access: PreparedAccess, amount: number) => readonly Charge[] {
  const byAccess = new WeakMap<PreparedAccess, Map<number, readonly Charge[]>>()
  return (access, amount) => {
    let byAmount = byAccess.get(access)
    if (byAmount === undefined) {
      byAmount = new Map()
      byAccess.set(access, byAmount)
    }
    let charges = byAmount.get(amount)
    if (charges === undefined) {
      charges = access.document.tenant.limits.map(limit => ({ ...limit, amount }))
      byAmount.set(amount, charges)
    }
    return charges
  }
}
