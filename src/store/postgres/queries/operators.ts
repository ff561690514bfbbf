import type { SharedChangingSession } from '../change-access.ts'
import type { GlobalSession } from '../transaction.ts'

export type Identity = { readonly issuer: string; readonly subject: string }

export type Operator = {
  readonly userId: string
  readonly displayName: string
  /** What identity providers call them. */
  readonly identities: readonly Identity[]
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
}

/** A user as the platform sees them. */
export type PlatformUser = {
  readonly userId: string
  readonly displayName: string
  readonly isDeleted: boolean
  /** `revoked` for one who was an operator once. */
  readonly operator: 'active' | 'revoked' | 'never'
}

/** The user whom `issuer` calls `subject`; null for a stranger. */
export async function findPlatformUser(
  session: GlobalSession,
  { issuer, subject }: Identity,
): Promise<PlatformUser | null> {
  const rows = await session.rows<PlatformUser>(
    `SELECT u.id AS "userId", u.display_name AS "displayName", u.deleted_at IS NOT NULL AS "isDeleted",
            CASE WHEN o.user_id IS NULL THEN 'never' WHEN o.revoked_at IS NULL THEN 'active' ELSE 'revoked' END
              AS operator
       FROM postern.identities i
       JOIN postern.users u ON u.id = i.user_id
       LEFT JOIN postern.operators o ON o.user_id = u.id
      WHERE i.issuer = $1 AND i.subject = $2`,
    [issuer, subject],
  )
  return rows[0] ?? null
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
            (SELECT coalesce(json_agg(json_build_object('issuer', i.issuer, 'subject', i.subject)
                                      ORDER BY i.created_at, i.issuer, i.subject), '[]')
               FROM postern.identities i WHERE i.user_id = o.user_id) AS identities,
            floor(extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAtMs",
            floor(extract(epoch FROM o.revoked_at) * 1000)::float8 AS "revokedAtMs"
       FROM postern.operators o JOIN postern.users u ON u.id = o.user_id
      ORDER BY o.created_at, o.user_id`,
    [],
  )
}
