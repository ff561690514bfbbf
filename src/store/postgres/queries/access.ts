import type { BreakGlass, TenantLimit, TenantState, WorkspaceAccess } from '../../../access/document.ts'
import type { TenantSession } from '../transaction.ts'

/** What the database knows of one principal in one tenant. `bigint` comes as text, JSON comes parsed. */
export type AccessRow = {
  readonly access_version: string
  readonly tenant_id: string
  readonly slug: string
  readonly status: TenantState['status']
  readonly plan: string
  readonly limits: readonly TenantLimit[]
  readonly principal_id: string
  readonly role: string
  readonly permissions: readonly string[]
  readonly break_glass: BreakGlass | null
  readonly workspaces: readonly WorkspaceAccess[]
}

/**
 * All of it in one statement, hence in one snapshot: the access version is never newer than what it stands beside, so a
 * reader that compares versions cannot keep what a later change has overtaken.
 *
 * - principal: a user by one of their identities, or a service. A name that both have is nobody's.
 * - place: what lets them in: a membership, an open break-glass grant, or the tenant's word for a service.
 * - held: what any of these allows in the tenant, and hence in every workspace that can be reached.
 *
 * A workspace is reached by a place in it, or by `workspaces:any`.
 */
export const readAccessText = `
  WITH principal AS (
    SELECT u.id, 'user' AS kind
      FROM postern.identities i JOIN postern.users u ON u.id = i.user_id
     WHERE i.issuer = $1 AND i.subject = $2 AND u.deleted_at IS NULL
    UNION ALL
    SELECT s.id, 'service'
      FROM postern.services s WHERE s.issuer = $1 AND s.subject = $2 AND s.disabled_at IS NULL
  ), place AS (
    SELECT p.id, m.role, m.custom_role_id, g.id AS grant_id, g.role AS grant_role, g.expires_at, s.service_id
      FROM principal p
      LEFT JOIN postern.tenant_memberships m
        ON m.tenant_id = $3 AND m.user_id = p.id AND p.kind = 'user'
      LEFT JOIN LATERAL (
        SELECT b.id, b.role, b.expires_at
          FROM postern.break_glass_grants b
          JOIN postern.operators o ON o.user_id = b.operator_id AND o.revoked_at IS NULL
         WHERE b.tenant_id = $3 AND b.operator_id = p.id AND p.kind = 'user'
           AND b.closed_at IS NULL AND b.expires_at > now()
         ORDER BY b.expires_at DESC LIMIT 1) g ON true
      LEFT JOIN postern.service_grants s
        ON s.tenant_id = $3 AND s.service_id = p.id AND p.kind = 'service'
     WHERE (SELECT count(*) FROM principal) = 1
       AND num_nonnulls(m.user_id, g.id, s.service_id) > 0
  ), held AS (
    SELECT r.permission FROM place JOIN postern.role_permissions r ON r.role IN (place.role, place.grant_role)
    UNION
    SELECT c.permission FROM place
      JOIN postern.custom_role_permissions c ON c.tenant_id = $3 AND c.role_id = place.custom_role_id
    UNION
    SELECT s.permission FROM place JOIN postern.service_permissions s ON s.service_id = place.service_id
  ), role_here AS (
    SELECT coalesce(place.role, c.name, place.grant_role, 'service') AS name
      FROM place LEFT JOIN postern.custom_roles c ON c.tenant_id = $3 AND c.id = place.custom_role_id
  )
  SELECT t.access_version, t.id AS tenant_id, t.slug, t.status, t.plan, place.id AS principal_id,
    (SELECT name FROM role_here) AS role,
    ARRAY(SELECT permission FROM held ORDER BY 1) AS permissions,
    CASE WHEN place.grant_id IS NOT NULL THEN json_build_object(
      'grantId', place.grant_id,
      'expiresAtMs', floor(extract(epoch FROM place.expires_at) * 1000)) END AS break_glass,
    (SELECT coalesce(json_agg(json_build_object('name', l.name, 'windowMs', l.window_ms, 'max', l.max)
                              ORDER BY l.window_ms, l.name), '[]')
       FROM (SELECT o.name, o.window_ms, o.max FROM postern.plan_limit_overrides o
              WHERE o.tenant_id = $3 AND (o.ends_at IS NULL OR o.ends_at > now())
             UNION ALL
             SELECT p.name, p.window_ms, p.max FROM postern.plan_limits p
              WHERE p.plan = t.plan AND NOT EXISTS (
                SELECT FROM postern.plan_limit_overrides o
                 WHERE o.tenant_id = $3 AND o.name = p.name AND (o.ends_at IS NULL OR o.ends_at > now()))
            ) l) AS limits,
    (SELECT coalesce(json_agg(json_build_object(
              'id', w.id, 'slug', w.slug,
              'role', coalesce(wm.role, wc.name, (SELECT name FROM role_here)),
              'permissions', ARRAY(
                SELECT r.permission FROM postern.role_permissions r WHERE r.role = wm.role
                UNION
                SELECT c.permission FROM postern.custom_role_permissions c
                 WHERE c.tenant_id = $3 AND c.role_id = wm.custom_role_id
                EXCEPT SELECT permission FROM held ORDER BY 1)) ORDER BY w.slug), '[]')
       FROM postern.workspaces w
       LEFT JOIN postern.workspace_memberships wm
         ON wm.tenant_id = w.tenant_id AND wm.workspace_id = w.id AND wm.user_id = place.id
       LEFT JOIN postern.custom_roles wc ON wc.tenant_id = w.tenant_id AND wc.id = wm.custom_role_id
      WHERE w.tenant_id = $3 AND w.deleted_at IS NULL
        AND (wm.user_id IS NOT NULL OR EXISTS (SELECT FROM held WHERE permission = 'workspaces:any'))
    ) AS workspaces
    FROM place JOIN postern.tenants t ON t.id = $3 AND t.deleted_at IS NULL`

/** Planning takes three times as long as the rest (bench/results/database.md). */
const planName = 'read-access'

/** Null when this principal has no place in the tenant of the session, or there is no such tenant. */
export async function readAccess(
  session: TenantSession,
  issuer: string,
  subject: string,
): Promise<AccessRow | null> {
  const rows = await session.rows<AccessRow>(readAccessText, [issuer, subject, session.tenantId], planName)
  return rows[0] ?? null
}
