import type { SharedChangingSession } from '../change-access.ts'
import type { GlobalSession } from '../transaction.ts'

export type Operator = {
  readonly userId: string
  readonly displayName: string
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
}

/** Makes a user an operator of the platform, as the owner: no request can. False for one who is or was one. */
export async function insertOperator(session: GlobalSession, userId: string): Promise<boolean> {
  const rows = await session.rows(
    'INSERT INTO postern.operators (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING RETURNING user_id',
    [userId],
  )
  return rows.length === 1
}

/** Ends what the user that the session announced may do as an operator, open grants included, as the owner. */
export async function revokeOperator(session: SharedChangingSession): Promise<boolean> {
  const rows = await session.rows(
    'UPDATE postern.operators SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL RETURNING user_id',
    [session.changing],
  )
  return rows.length === 1
}

/** Everyone who is or was an operator, oldest first. */
export async function listOperators(session: GlobalSession): Promise<readonly Operator[]> {
  return await session.rows<Operator>(
    `SELECT o.user_id AS "userId", u.display_name AS "displayName",
            floor(extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAtMs",
            floor(extract(epoch FROM o.revoked_at) * 1000)::float8 AS "revokedAtMs"
       FROM postern.operators o JOIN postern.users u ON u.id = o.user_id
      ORDER BY o.created_at, o.user_id`,
    [],
  )
}
