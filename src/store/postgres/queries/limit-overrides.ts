import type { ChangingSession } from '../change-access.ts'

/** Gives the tenant another limit than its plan says, instead of the override of that name that it may have. */
export async function putLimitOverride(
  session: ChangingSession,
  override: {
    readonly name: string
    readonly windowMs: number
    readonly max: number
    readonly reason: string
    /** From then on the plan holds again; null is for good. */
    readonly endsAtMs: number | null
  },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.plan_limit_overrides (tenant_id, name, window_ms, max, reason, ends_at)
     VALUES ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0))
     ON CONFLICT (tenant_id, name) DO UPDATE
        SET window_ms = excluded.window_ms, max = excluded.max, reason = excluded.reason,
            created_at = now(), ends_at = excluded.ends_at`,
    [session.tenantId, override.name, override.windowMs, override.max, override.reason, override.endsAtMs],
  )
}

/** False where the tenant had no such override. */
export async function deleteLimitOverride(session: ChangingSession, name: string): Promise<boolean> {
  const rows = await session.rows(
    'DELETE FROM postern.plan_limit_overrides WHERE tenant_id = $1 AND name = $2 RETURNING name',
    [session.tenantId, name],
  )
  return rows.length === 1
}

/** For a tenant that is purged. */
export async function deleteAllLimitOverrides(session: ChangingSession): Promise<void> {
  await session.rows('DELETE FROM postern.plan_limit_overrides WHERE tenant_id = $1', [session.tenantId])
}
