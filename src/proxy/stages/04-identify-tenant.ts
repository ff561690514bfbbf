import type { Directory } from '../../access/directory.ts'
import type { PreparedAccess } from '../../access/prepared-access.ts'
import type { Selected } from '../../access/selectors.ts'
import { ambiguous, selectedBy } from '../../access/selectors.ts'
import type { Revocations } from '../../token/revocations.ts'
import type { BreakGlassEvents } from '../break-glass.ts'
import type { CrossTenantEvents } from '../cross-tenant.ts'
import { denyCrossTenant } from '../cross-tenant.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage, Verdict } from '../verdict.ts'
import { deny } from '../verdict.ts'

export type IdentifyTenantPorts = {
  readonly directory: Pick<Directory, 'lookup'>
  readonly revocations: Pick<Revocations, 'isRevokedIn'>
  readonly events: CrossTenantEvents & BreakGlassEvents
}

/**
 * Builds the stage that finds the tenant a request acts in, and the principal's place in it.
 *
 * The token's selecting claim names the tenant, else the route's path and query selectors in their order, else the
 * selector header; that the others agree is authorize's to check. The membership is the authority, never the name. A
 * route of scope `none` needs a tenant as well unless it is public: its permission is held in a tenant or not at all.
 *
 * Refuses with TOKEN_MISSING, TENANT_MISSING, SELECTOR_AMBIGUOUS, CROSS_TENANT (the same for a tenant that does not
 * exist), TOKEN_REVOKED, ACCESS_VERSION_UNKNOWN or TENANT_INACTIVE; throws DIRECTORY_UNAVAILABLE when it cannot tell.
 *
 * @returns a stage that sets `exchange.access`, at once for a principal that is remembered
 */
export function createIdentifyTenant({ directory, revocations, events }: IdentifyTenantPorts): Stage {
  return exchange => {
    const { claims } = exchange
    if (claims === null) return deny('TOKEN_MISSING', 'Nobody was authenticated.')
    const reference = claims.tenantRef ?? namedByRequest(exchange)
    if (reference === null) return deny('TENANT_MISSING', 'Neither token nor request names a tenant.')
    if (reference === ambiguous) return deny('SELECTOR_AMBIGUOUS', 'The query names the tenant ambiguously.')

    const found = directory.lookup(claims, reference, exchange.request!.accessVersionMin)
    if (found instanceof Promise) return found.then(access => settle(exchange, reference, access))
    return settle(exchange, reference, found)
  }

  function settle(exchange: Exchange, reference: string, access: PreparedAccess | null): Verdict {
    if (access === null) return denyCrossTenant(events, exchange, reference, null)
    exchange.access = access
    if (access.document.breakGlass !== null) events.onBreakGlass(access.document)
    const { tenant, accessVersion } = access.document
    if (revocations.isRevokedIn(tenant.id, exchange.claims!))
      return deny('TOKEN_REVOKED', `In tenant ${tenant.id} the token, or every token, was revoked.`)
    if (accessVersion < exchange.request!.accessVersionMin)
      return deny('ACCESS_VERSION_UNKNOWN', `The tenant is at access version ${accessVersion}.`)
    const { id, status } = tenant
    return status === 'active' ? null : deny('TENANT_INACTIVE', `Tenant ${id} is ${status}.`)
  }
}

function namedByRequest(exchange: Exchange): Selected {
  const route = exchange.route!
  const request = exchange.request!
  for (const selector of route.rule.tenantSelectors) {
    const selected = selectedBy(selector, route, request.query)
    if (selected !== null) return selected
  }
  return request.tenantRef
}
