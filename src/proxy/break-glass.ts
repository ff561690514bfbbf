import { LRUCache } from 'lru-cache'
import type { DigestedDocument } from '../access/document.ts'
import type { Log } from '../telemetry/log.ts'

export type BreakGlassEvents = {
  /** An operator who was let in for a while acts in the tenant; told of each request, before it is decided. */
  readonly onBreakGlass: (document: DigestedDocument) => void
}

/** Grants that are remembered as told; one that fell out is told again, which does no harm. */
const toldMax = 1000

/**
 * Builds what warns of an operator who entered a tenant: one line for the first request of each grant that this sidecar
 * sees. The access line of every request names the grant as well.
 */
export function createBreakGlassWarning(log: Log): BreakGlassEvents['onBreakGlass'] {
  const told = new LRUCache<string, true>({ max: toldMax })
  return ({ breakGlass, tenant, principal, role }) => {
    if (breakGlass === null || told.has(breakGlass.grantId)) return
    told.set(breakGlass.grantId, true)
    log.warn(
      {
        break_glass: breakGlass.grantId,
        expires_at_ms: breakGlass.expiresAtMs,
        tenant_id: tenant.id,
        tenant: tenant.slug,
        user_id: principal.userId,
        role,
      },
      'an operator entered a tenant under break-glass',
    )
  }
}
