import type { ChangingSession } from '../change-access.ts'
import type { TenantSession } from '../transaction.ts'

/** A built-in role by its name, or a role that the tenant made for itself. */
export type AssignedRole =
  | { readonly role: 'owner' | 'admin' | 'member' | 'guest' }
  | { readonly customRoleId: string }

/** Gives a user a place in the tenant, or another role in the place they have. */
export async function putTenantMembership(
  session: ChangingSession,
  membership: { readonly userId: string } & AssignedRole,
): Promise<void> {
  const { role, customRoleId } = columnsOf(membership)
  await session.rows(
    `INSERT INTO postern.tenant_memberships (tenant_id, user_id, role, custom_role_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, user_id) DO UPDATE
        SET role = excluded.role, custom_role_id = excluded.custom_role_id`,
    [session.tenantId, membership.userId, role, customRoleId],
  )
}

/** The built-in role of a member of the tenant; null for one who has a role of the tenant's own, or no place. */
export async function findTenantRole(session: TenantSession, userId: string): Promise<string | null> {
  const rows = await session.rows<{ role: string | null }>(
    'SELECT role FROM postern.tenant_memberships WHERE tenant_id = $1 AND user_id = $2',
    [session.tenantId, userId],
  )
  return rows[0]?.role ?? null
}

/** Takes a user out of the tenant and all its workspaces. False for one who had no place. */
export async function deleteTenantMembership(session: ChangingSession, userId: string): Promise<boolean> {
  const rows = await session.rows(
    'DELETE FROM postern.tenant_memberships WHERE tenant_id = $1 AND user_id = $2 RETURNING user_id',
    [session.tenantId, userId],
  )
  return rows.length === 1
}

/** Takes everyone out of the tenant and its workspaces; for a tenant that is purged. */
export async function deleteAllMemberships(session: ChangingSession): Promise<void> {
  await session.rows('DELETE FROM postern.tenant_memberships WHERE tenant_id = $1', [session.tenantId])
}

/** Gives a member of the tenant a place in a workspace, or another role in the place they have. */
export async function putWorkspaceMembership(
  session: ChangingSession,
  membership: { readonly workspaceId: string; readonly userId: string } & AssignedRole,
): Promise<void> {
  const { role, customRoleId } = columnsOf(membership)
  await session.rows(
    `INSERT INTO postern.workspace_memberships
       (tenant_id, workspace_id, user_id, role, custom_role_id, custom_role_scope)
     VALUES ($1, $2, $3, $4, $5, (SELECT scope_id FROM postern.custom_roles WHERE tenant_id = $1 AND id = $5))
     ON CONFLICT (tenant_id, workspace_id, user_id) DO UPDATE
        SET role = excluded.role, custom_role_id = excluded.custom_role_id,
            custom_role_scope = excluded.custom_role_scope`,
    [session.tenantId, membership.workspaceId, membership.userId, role, customRoleId],
  )
}

/** False for a user who had no place in the workspace. */
export async function deleteWorkspaceMembership(
  session: ChangingSession,
  workspaceId: string,
  userId: string,
): Promise<boolean> {
  const rows = await session.rows(
    `DELETE FROM postern.workspace_memberships
      WHERE tenant_id = $1 AND workspace_id = $2 AND user_id = $3 RETURNING user_id`,
    [session.tenantId, workspaceId, userId],
  )
  return rows.length === 1
}

function columnsOf(assigned: AssignedRole): { role: string | null; customRoleId: string | null } {
  return 'role' in assigned
    ? { role: assigned.role, customRoleId: null }
    : { role: null, customRoleId: assigned.customRoleId }
}
