import { isTenantReference } from '../access/tenant-reference.ts'
import type { Exchange } from './exchange.ts'
import type { Denial } from './verdict.ts'
import { deny } from './verdict.ts'

export type CrossTenantEvents = {
  /** A request named a tenant it has no place in. `asked` is an id or a slug; `held` the tenant it did prove, if any. */
  readonly onCrossTenant: (exchange: Exchange, asked: string, held: string | null) => void
}

/** The one answer for another tenant's name and for a name that nobody bears. */
export function denyCrossTenant(
  events: CrossTenantEvents,
  exchange: Exchange,
  reference: string,
  held: string | null,
): Denial {
  const asked = isTenantReference(reference) ? reference : '(neither id nor slug)'
  events.onCrossTenant(exchange, asked, held)
  const holds = held === null ? 'has no place in it' : `acts in tenant ${held}`
  return deny('CROSS_TENANT', `The request names tenant ${asked}; the principal ${holds}.`)
}
