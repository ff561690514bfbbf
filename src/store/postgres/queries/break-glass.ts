import type { ChangingSession } from '../change-access.ts'
import type { TenantSession } from '../transaction.ts'

/** A way into a tenant that is neither closed nor over. */
export type OpenGrant = {
  readonly id: string
  readonly role: 'owner' | 'admin' | 'member' | 'guest'
  readonly reason: string
  readonly expiresAtMs: number
}

/** The operator's ways into the tenant that are open, the one that lasts longest first. */
export async function listOpenBreakGlass(
  session: TenantSession,
  operatorId: string,
): Promise<readonly OpenGrant[]> {
  return await session.rows<OpenGrant>(
    `SELECT id, role, reason, floor(extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs"
       FROM postern.break_glass_grants
      WHERE tenant_id = $1 AND operator_id = $2 AND closed_at IS NULL AND expires_at > now()
      ORDER BY expires_at DESC, id`,
    [session.tenantId, operatorId],
  )
}

/** When this transaction began, by the clock that grants end by. */
export async function transactionTimeMs(session: Pick<TenantSession, 'rows'>): Promise<number> {
  const rows = await session.rows<{ nowMs: number }>(
    'SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS "nowMs"',
    [],
  )
  return rows[0]!.nowMs
}

/**
 * Lets an operator into the tenant with a built-in role until `expiresAtMs`, four hours from now at most. The row can be
 * closed early; it can be neither extended nor rewritten.
 */
export async function openBreakGlass(
  session: ChangingSession,
  grant: {
    readonly id: string
    readonly operatorId: string
    readonly role: OpenGrant['role']
    readonly reason: string
    readonly expiresAtMs: number
  },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.break_glass_grants (tenant_id, id, operator_id, role, reason, expires_at)
     VALUES ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0))`,
    [session.tenantId, grant.id, grant.operatorId, grant.role, grant.reason, grant.expiresAtMs],
  )
}

/** Closes every grant of the operator in this tenant that is still open; answers how many there were. */
export async function closeBreakGlass(session: ChangingSession, operatorId: string): Promise<number> {
  const rows = await session.rows(
    `UPDATE postern.break_glass_grants SET closed_at = now()
      WHERE tenant_id = $1 AND operator_id = $2 AND closed_at IS NULL AND expires_at > now() RETURNING id`,
    [session.tenantId, operatorId],
  )
  return rows.length
}
