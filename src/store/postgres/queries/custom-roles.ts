import type { ChangingSession } from '../change-access.ts'
import type { TenantSession } from '../transaction.ts'

/** Adds a role that the tenant made for itself; it allows nothing yet. Null: for the tenant and all its workspaces. */
export async function insertCustomRole(
  session: TenantSession,
  role: {
    readonly id: string
    readonly workspaceId: string | null
    readonly name: string
    readonly description: string
  },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.custom_roles (tenant_id, id, workspace_id, name, description) VALUES ($1, $2, $3, $4, $5)`,
    [session.tenantId, role.id, role.workspaceId, role.name, role.description],
  )
}

/** Removes a role that nobody has any more, with its permissions. False for one that does not exist. */
export async function deleteCustomRole(session: ChangingSession, roleId: string): Promise<boolean> {
  const rows = await session.rows(
    'DELETE FROM postern.custom_roles WHERE tenant_id = $1 AND id = $2 RETURNING id',
    [session.tenantId, roleId],
  )
  return rows.length === 1
}

/** Removes every role that the tenant made; for a tenant that is purged, after its memberships. */
export async function deleteAllCustomRoles(session: ChangingSession): Promise<void> {
  await session.rows('DELETE FROM postern.custom_roles WHERE tenant_id = $1', [session.tenantId])
}

/** Permissions of the role that are not among `permissions` are taken from it; those that are missing are added. */
export async function setCustomRolePermissions(
  session: ChangingSession,
  roleId: string,
  permissions: readonly string[],
): Promise<void> {
  await session.rows(
    `WITH wanted AS (SELECT unnest($3::text[]) AS permission),
     taken AS (
       DELETE FROM postern.custom_role_permissions
        WHERE tenant_id = $1 AND role_id = $2 AND permission NOT IN (SELECT permission FROM wanted))
     INSERT INTO postern.custom_role_permissions (tenant_id, role_id, permission)
     SELECT $1, $2, permission FROM wanted ON CONFLICT (tenant_id, role_id, permission) DO NOTHING`,
    [session.tenantId, roleId, permissions],
  )
}
