import type { TenantSession } from '../transaction.ts'

/** Gives a user a place in the tenant; a place they have already stays as it is. */
export async function insertTenantMembership(
  session: TenantSession,
  membership: { readonly userId: string; readonly role: string },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.tenant_memberships (tenant_id, user_id, role) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, user_id) DO NOTHING`,
    [session.tenantId, membership.userId, membership.role],
  )
}

/** Gives a member of the tenant a place in a workspace; a place they have already stays as it is. */
export async function insertWorkspaceMembership(
  session: TenantSession,
  membership: { readonly workspaceId: string; readonly userId: string; readonly role: string },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.workspace_memberships (tenant_id, workspace_id, user_id, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, workspace_id, user_id) DO NOTHING`,
    [session.tenantId, membership.workspaceId, membership.userId, membership.role],
  )
}
