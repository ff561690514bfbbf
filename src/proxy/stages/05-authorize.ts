import type { PermissionIndex, PermissionSet } from '../../access/permission-set.ts'
import { hasPermission } from '../../access/permission-set.ts'
import type { PreparedAccess, PreparedWorkspace } from '../../access/prepared-access.ts'
import { ambiguous, selectedBy } from '../../access/selectors.ts'
import { namesTenant } from '../../access/tenant-reference.ts'
import type { CrossTenantEvents } from '../cross-tenant.ts'
import { denyCrossTenant } from '../cross-tenant.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage, Verdict } from '../verdict.ts'
import { deny } from '../verdict.ts'

export type AuthorizePorts = {
  /** The index that the directory prepared its documents with. */
  readonly permissions: PermissionIndex
  readonly events: CrossTenantEvents
}

/**
 * Builds the stage that decides whether this principal may do this here.
 *
 * Every place that names a tenant (path, query, header) must name the one the principal acts in, and every place that
 * names a workspace one that they can reach, whatever the route's scope: a service may read a name that the route does
 * not ask for. On a workspace route all places must name the same workspace, and the permissions held in that workspace
 * count; elsewhere those held in the tenant do.
 *
 * Refuses with SELECTOR_AMBIGUOUS, CROSS_TENANT, WORKSPACE_FORBIDDEN, WORKSPACE_MISSING or PERMISSION_MISSING; the last
 * also where no tenant was identified.
 *
 * @returns a stage that sets `exchange.workspace` on a workspace route; it never waits
 */
export function createAuthorize({ permissions, events }: AuthorizePorts): Stage {
  return exchange => {
    const { access } = exchange
    if (access === null)
      return deny('PERMISSION_MISSING', 'No tenant was identified to hold a permission in.')
    return (
      judgeTenantSelectors(exchange, access, events) ??
      judgeWorkspaceSelectors(exchange, access) ??
      judgePermission(exchange, access, permissions)
    )
  }
}

function judgeTenantSelectors(
  exchange: Exchange,
  { document }: PreparedAccess,
  events: CrossTenantEvents,
): Verdict {
  const route = exchange.route!
  const request = exchange.request!
  for (const selector of route.rule.tenantSelectors) {
    const selected = selectedBy(selector, route, request.query)
    if (selected === ambiguous) return denyAmbiguous('tenant')
    if (selected !== null && !namesTenant(selected, document.tenant))
      return denyCrossTenant(events, exchange, selected, document.tenant.id)
  }
  const { tenantRef } = request
  if (tenantRef === null || namesTenant(tenantRef, document.tenant)) return null
  return denyCrossTenant(events, exchange, tenantRef, document.tenant.id)
}

function judgeWorkspaceSelectors(exchange: Exchange, access: PreparedAccess): Verdict {
  const route = exchange.route!
  const request = exchange.request!
  let named = 0
  let chosen: PreparedWorkspace | null = null
  let agreed = true
  for (let index = 0; index <= route.rule.workspaceSelectors.length; index += 1) {
    const selector = route.rule.workspaceSelectors[index]
    const selected =
      selector === undefined ? request.workspaceRef : selectedBy(selector, route, request.query)
    if (selected === null) continue
    if (selected === ambiguous) return denyAmbiguous('workspace')
    const workspace = findWorkspace(access, selected)
    if (workspace === undefined)
      return deny('WORKSPACE_FORBIDDEN', 'A workspace is named that the principal cannot reach.')
    agreed &&= chosen === null || chosen === workspace
    chosen = workspace
    named += 1
  }
  if (route.rule.scope !== 'workspace') return null
  if (chosen === null) return deny('WORKSPACE_MISSING', 'No place of the request names a workspace.')
  if (!agreed) return deny('SELECTOR_AMBIGUOUS', `${named} places name different workspaces.`)
  exchange.workspace = chosen
  return null
}

/** By id, in any case (RFC 9562 §4), or by slug exactly. */
function findWorkspace({ workspaces }: PreparedAccess, reference: string): PreparedWorkspace | undefined {
  const exact = workspaces.get(reference)
  if (exact !== undefined) return exact
  const id = reference.toLowerCase()
  const byId = workspaces.get(id)
  return byId?.id === id ? byId : undefined
}

function judgePermission(exchange: Exchange, access: PreparedAccess, permissions: PermissionIndex): Verdict {
  const { permission, scope } = exchange.route!.rule
  const held = heldIn(scope === 'workspace' ? exchange.workspace : access)
  const bit = permission === null ? undefined : permissions.bitOf(permission)
  if (bit !== undefined && held !== null && hasPermission(held, bit)) return null
  const role = (scope === 'workspace' ? exchange.workspace?.role : undefined) ?? access.document.role
  return deny('PERMISSION_MISSING', `The route asks for ${permission}; role ${role} does not hold it.`)
}

function heldIn(place: { readonly permissions: PermissionSet } | null): PermissionSet | null {
  return place === null ? null : place.permissions
}

function denyAmbiguous(what: string): Verdict {
  return deny(
    'SELECTOR_AMBIGUOUS',
    `The query names the ${what} twice, or in a way that can be read otherwise.`,
  )
}
