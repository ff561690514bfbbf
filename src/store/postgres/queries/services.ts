import type { ChangingSession, SharedChangingSession } from '../change-access.ts'
import type { GlobalSession } from '../transaction.ts'

/** The service that `issuer` calls `subject`, disabled or not; null where there is none. */
export async function findServiceId(
  session: GlobalSession,
  identity: { readonly issuer: string; readonly subject: string },
): Promise<string | null> {
  const rows = await session.rows<{ id: string }>(
    'SELECT id FROM postern.services WHERE issuer = $1 AND subject = $2',
    [identity.issuer, identity.subject],
  )
  return rows[0]?.id ?? null
}

/** Adds a service identity, as the owner; it may do nothing and is let into no tenant yet. */
export async function insertService(
  session: GlobalSession,
  service: {
    readonly id: string
    readonly name: string
    readonly issuer: string
    readonly subject: string
  },
): Promise<void> {
  await session.rows('INSERT INTO postern.services (id, name, issuer, subject) VALUES ($1, $2, $3, $4)', [
    service.id,
    service.name,
    service.issuer,
    service.subject,
  ])
}

/** Gives the service that the session announced a permission, as the owner; one it has already stays. */
export async function grantServicePermission(
  session: SharedChangingSession,
  permission: string,
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.service_permissions (service_id, permission) VALUES ($1, $2)
     ON CONFLICT (service_id, permission) DO NOTHING`,
    [session.changing, permission],
  )
}

/** Shuts the announced service out of every tenant, as the owner. */
export async function disableService(session: SharedChangingSession): Promise<void> {
  await session.rows('UPDATE postern.services SET disabled_at = now() WHERE id = $1', [session.changing])
}

/** Lets a service into the tenant; one that is let in already stays. */
export async function admitService(session: ChangingSession, serviceId: string): Promise<void> {
  await session.rows(
    `INSERT INTO postern.service_grants (tenant_id, service_id) VALUES ($1, $2)
     ON CONFLICT (tenant_id, service_id) DO NOTHING`,
    [session.tenantId, serviceId],
  )
}

/** False for a service that was not let in. */
export async function dismissService(session: ChangingSession, serviceId: string): Promise<boolean> {
  const rows = await session.rows(
    'DELETE FROM postern.service_grants WHERE tenant_id = $1 AND service_id = $2 RETURNING service_id',
    [session.tenantId, serviceId],
  )
  return rows.length === 1
}

/** For a tenant that is purged. */
export async function dismissAllServices(session: ChangingSession): Promise<void> {
  await session.rows('DELETE FROM postern.service_grants WHERE tenant_id = $1', [session.tenantId])
}
