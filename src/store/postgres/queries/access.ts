import type { TenantLimit, TenantState, WorkspaceAccess } from '../../../access/document.ts'
import type { TenantSession } from '../transaction.ts'

/** What the database knows of one principal in one tenant. `bigint` comes as text, JSON comes parsed. */
export type AccessRow = {
  readonly access_version: string
  readonly tenant_id: string
  readonly slug: string
  readonly status: TenantState['status']
  readonly plan: string
  readonly limits: readonly TenantLimit[]
  readonly user_id: string
  readonly role: string
  readonly permissions: readonly string[]
  readonly workspaces: readonly WorkspaceAccess[]
}

/**
 * All of it in one statement, hence in one snapshot: the access version is never newer than what it stands beside, so a
 * reader that compares versions cannot keep what a later change has overtaken.
 *
 * A workspace is reached by a place in it, or by a tenant role that reaches every workspace; what may be done there is
 * what either role allows.
 */
const readAccessText = `
  SELECT t.access_version, t.id AS tenant_id, t.slug, t.status, t.plan, u.id AS user_id, m.role,
    (SELECT coalesce(json_agg(json_build_object('name', l.name, 'windowMs', l.window_ms, 'max', l.max)
                              ORDER BY l.window_ms, l.name), '[]')
       FROM postern.plan_limits l WHERE l.plan = t.plan) AS limits,
    ARRAY(SELECT p.permission FROM postern.role_permissions p WHERE p.role = m.role ORDER BY 1) AS permissions,
    (SELECT coalesce(json_agg(json_build_object('id', w.id, 'slug', w.slug, 'role', coalesce(wm.role, m.role),
              'permissions', ARRAY(SELECT DISTINCT p.permission FROM postern.role_permissions p
                                    WHERE p.role IN (m.role, wm.role) ORDER BY 1))
                              ORDER BY w.slug), '[]')
       FROM postern.workspaces w
       LEFT JOIN postern.workspace_memberships wm
         ON wm.tenant_id = w.tenant_id AND wm.workspace_id = w.id AND wm.user_id = m.user_id
      WHERE w.tenant_id = t.id AND w.deleted_at IS NULL
        AND (wm.user_id IS NOT NULL
             OR EXISTS (SELECT FROM postern.role_permissions p
                         WHERE p.role = m.role AND p.permission = 'workspaces:any'))) AS workspaces
    FROM postern.identities i
    JOIN postern.users u ON u.id = i.user_id AND u.deleted_at IS NULL
    JOIN postern.tenant_memberships m ON m.tenant_id = $3 AND m.user_id = u.id
    JOIN postern.tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
   WHERE i.issuer = $1 AND i.subject = $2`

/** Null when this principal has no place in the tenant of the session, or there is no such tenant. */
export async function readAccess(
  session: TenantSession,
  issuer: string,
  subject: string,
): Promise<AccessRow | null> {
  const rows = await session.rows<AccessRow>(readAccessText, [issuer, subject, session.tenantId])
  return rows[0] ?? null
}
