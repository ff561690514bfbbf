import type { SharedChangingSession } from '../change-access.ts'
import type { GlobalSession } from '../transaction.ts'

/** Adds a user; answers false, and changes nothing, where the id exists already. */
export async function insertUser(
  session: GlobalSession,
  user: { readonly id: string; readonly displayName: string },
): Promise<boolean> {
  const rows = await session.rows(
    'INSERT INTO postern.users (id, display_name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id',
    [user.id, user.displayName],
  )
  return rows.length === 1
}

/** Says that whom `issuer` calls `subject` is the user that the session announced. */
export async function insertIdentity(
  session: SharedChangingSession,
  identity: { readonly issuer: string; readonly subject: string },
): Promise<void> {
  await session.rows('INSERT INTO postern.identities (issuer, subject, user_id) VALUES ($1, $2, $3)', [
    identity.issuer,
    identity.subject,
    session.changing,
  ])
}

/** From now on the announced user has a place nowhere; the places stay for a restore. False for one who is deleted. */
export async function softDeleteUser(session: SharedChangingSession): Promise<boolean> {
  const rows = await session.rows(
    'UPDATE postern.users SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING id',
    [session.changing],
  )
  return rows.length === 1
}

/** False for a user who is not deleted. */
export async function restoreUser(session: SharedChangingSession): Promise<boolean> {
  const rows = await session.rows(
    'UPDATE postern.users SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL RETURNING id',
    [session.changing],
  )
  return rows.length === 1
}
