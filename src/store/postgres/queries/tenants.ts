import type { GlobalSession, TenantSession } from '../transaction.ts'

/** The id behind a slug, or null for one that is unknown or deleted. The definer function sees no more than that. */
export async function findTenantId(session: GlobalSession, slug: string): Promise<string | null> {
  const rows = await session.rows<{ id: string | null }>('SELECT postern.tenant_id_of($1) AS id', [slug])
  return rows[0]!.id
}

/** Adds the tenant of the session; one that exists already stays as it is. */
export async function insertTenant(
  session: TenantSession,
  tenant: { readonly slug: string; readonly name: string; readonly plan: string },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.tenants (id, slug, name, plan) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
    [session.tenantId, tenant.slug, tenant.name, tenant.plan],
  )
}

/** Adds a workspace; one that exists already stays as it is. */
export async function insertWorkspace(
  session: TenantSession,
  workspace: { readonly id: string; readonly slug: string; readonly name: string },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.workspaces (tenant_id, id, slug, name) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, id) DO NOTHING`,
    [session.tenantId, workspace.id, workspace.slug, workspace.name],
  )
}
