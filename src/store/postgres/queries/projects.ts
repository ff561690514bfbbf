import type { TenantSession } from '../transaction.ts'

// Access documents do not speak of projects, so none of these has to be announced.

/** Adds a project to a workspace; answers false, and changes nothing, where its id exists already. */
export async function insertProject(
  session: TenantSession,
  project: {
    readonly id: string
    readonly workspaceId: string
    readonly slug: string
    readonly name: string
  },
): Promise<boolean> {
  const rows = await session.rows(
    `INSERT INTO postern.projects (tenant_id, id, workspace_id, slug, name) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id`,
    [session.tenantId, project.id, project.workspaceId, project.slug, project.name],
  )
  return rows.length === 1
}

/** Until `purgeAfterMs` it can be restored. False for a project that is deleted. */
export async function softDeleteProject(
  session: TenantSession,
  projectId: string,
  purgeAfterMs: number,
): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.projects SET deleted_at = now(), purge_after = to_timestamp($3 / 1000.0)
      WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
    [session.tenantId, projectId, purgeAfterMs],
  )
  return rows.length === 1
}

/** False for a project that is not deleted. */
export async function restoreProject(session: TenantSession, projectId: string): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.projects SET deleted_at = NULL, purge_after = NULL
      WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL RETURNING id`,
    [session.tenantId, projectId],
  )
  return rows.length === 1
}

/** Removes the projects that are due; a policy of the table sees to it that no other can be. Answers how many. */
export async function purgeProjects(session: TenantSession): Promise<number> {
  const rows = await session.rows('DELETE FROM postern.projects WHERE tenant_id = $1 RETURNING id', [
    session.tenantId,
  ])
  return rows.length
}
