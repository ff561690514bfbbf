import type { SharedChangingSession } from '../change-access.ts'
import type { GlobalSession } from '../transaction.ts'

/** Adds a permission to the catalogue, as the owner; one that exists already stays as it is. */
export async function insertPermission(
  session: GlobalSession,
  permission: { readonly name: string; readonly description: string },
): Promise<void> {
  await session.rows(
    'INSERT INTO postern.permissions (name, description) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
    [permission.name, permission.description],
  )
}

/** What a built-in role may do, in the order of their names. */
export async function listRolePermissions(session: GlobalSession, role: string): Promise<readonly string[]> {
  const rows = await session.rows<{ permission: string }>(
    'SELECT permission FROM postern.role_permissions WHERE role = $1 ORDER BY permission',
    [role],
  )
  return rows.map(({ permission }) => permission)
}

/** Gives the built-in role that the session announced a permission, as the owner. */
export async function grantRolePermission(session: SharedChangingSession, permission: string): Promise<void> {
  await session.rows('INSERT INTO postern.role_permissions (role, permission) VALUES ($1, $2)', [
    session.changing,
    permission,
  ])
}

/** Sets a limit of the plan that the session announced, as the owner. */
export async function putPlanLimit(
  session: SharedChangingSession,
  limit: { readonly name: string; readonly windowMs: number; readonly max: number },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.plan_limits (plan, name, window_ms, max) VALUES ($1, $2, $3, $4)
     ON CONFLICT (plan, name) DO UPDATE SET window_ms = excluded.window_ms, max = excluded.max`,
    [session.changing, limit.name, limit.windowMs, limit.max],
  )
}
