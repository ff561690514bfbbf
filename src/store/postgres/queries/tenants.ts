import type { ChangingSession } from '../change-access.ts'
import type { GlobalSession, TenantSession } from '../transaction.ts'

/** The id behind a slug, or null for one that is unknown or deleted. The definer function sees no more than that. */
export async function findTenantId(session: GlobalSession, slug: string): Promise<string | null> {
  const rows = await session.rows<{ id: string | null }>('SELECT postern.tenant_id_of($1) AS id', [slug])
  return rows[0]!.id
}

/** Adds the tenant of the session; answers false, and changes nothing, where it exists already. */
export async function insertTenant(
  session: TenantSession,
  tenant: { readonly slug: string; readonly name: string; readonly plan: string },
): Promise<boolean> {
  const rows = await session.rows(
    `INSERT INTO postern.tenants (id, slug, name, plan) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [session.tenantId, tenant.slug, tenant.name, tenant.plan],
  )
  return rows.length === 1
}

export async function updateTenantStatus(
  session: ChangingSession,
  status: 'active' | 'suspended' | 'archived',
): Promise<void> {
  await session.rows('UPDATE postern.tenants SET status = $2 WHERE id = $1', [session.tenantId, status])
}

export async function updateTenantPlan(session: ChangingSession, plan: string): Promise<void> {
  await session.rows('UPDATE postern.tenants SET plan = $2 WHERE id = $1', [session.tenantId, plan])
}

/** @param settings as readTenantSettings of src/tenant/ let it through; access does not depend on it */
export async function updateTenantSettings(session: TenantSession, settings: object): Promise<void> {
  await session.rows('UPDATE postern.tenants SET settings = $2 WHERE id = $1', [session.tenantId, settings])
}

/** From now on nobody reaches the tenant; until `purgeAfterMs` it can be restored. False for one that is deleted. */
export async function softDeleteTenant(session: ChangingSession, purgeAfterMs: number): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.tenants SET deleted_at = now(), purge_after = to_timestamp($2 / 1000.0)
      WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
    [session.tenantId, purgeAfterMs],
  )
  return rows.length === 1
}

/** False for a tenant that is not deleted, or purged. */
export async function restoreTenant(session: ChangingSession): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.tenants SET deleted_at = NULL, purge_after = NULL
      WHERE id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL RETURNING id`,
    [session.tenantId],
  )
  return rows.length === 1
}

/**
 * Leaves of a tenant that is due only its id and slug, which must never come to mean somebody else. False for a tenant
 * that is not due, or purged already.
 */
export async function scrubTenant(session: ChangingSession): Promise<boolean> {
  const rows = await session.rows(
    `UPDATE postern.tenants SET name = '-', settings = '{}', purged_at = now()
      WHERE id = $1 AND purge_after <= now() AND purged_at IS NULL RETURNING id`,
    [session.tenantId],
  )
  return rows.length === 1
}
