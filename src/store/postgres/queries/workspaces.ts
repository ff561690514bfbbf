import type { ChangingSession } from '../change-access.ts'
import type { TenantSession } from '../transaction.ts'

/** Adds a workspace; answers false, and changes nothing, where its id exists already. */
export async function insertWorkspace(
  session: ChangingSession,
  workspace: { readonly id: string; readonly slug: string; readonly name: string },
): Promise<boolean> {
  const rows = await session.rows(
    `INSERT INTO postern.workspaces (tenant_id, id, slug, name) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id`,
    [session.tenantId, workspace.id, workspace.slug, workspace.name],
  )
  return rows.length === 1
}

export async function updateWorkspaceSettings(
  session: TenantSession,
  workspaceId: string,
  settings: object,
): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.workspaces SET settings = $3
      WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
    [session.tenantId, workspaceId, settings],
  )
  return rows.length === 1
}

/** From now on nobody reaches the workspace; until `purgeAfterMs` it can be restored. False for one that is deleted. */
export async function softDeleteWorkspace(
  session: ChangingSession,
  workspaceId: string,
  purgeAfterMs: number,
): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.workspaces SET deleted_at = now(), purge_after = to_timestamp($3 / 1000.0)
      WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
    [session.tenantId, workspaceId, purgeAfterMs],
  )
  return rows.length === 1
}

/** False for a workspace that is not deleted. */
export async function restoreWorkspace(session: ChangingSession, workspaceId: string): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.workspaces SET deleted_at = NULL, purge_after = NULL
      WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL RETURNING id`,
    [session.tenantId, workspaceId],
  )
  return rows.length === 1
}

/**
 * Removes the workspaces that are due, with their projects, memberships and roles; all of them when the tenant is due.
 * A policy of the table sees to it that no other can be removed. Answers how many.
 */
export async function purgeWorkspaces(session: ChangingSession): Promise<number> {
  const rows = await session.rows('DELETE FROM postern.workspaces WHERE tenant_id = $1 RETURNING id', [
    session.tenantId,
  ])
  return rows.length
}
