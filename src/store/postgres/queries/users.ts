import type { GlobalSession } from '../transaction.ts'

/** Adds a user; one that exists already stays as it is. */
export async function insertUser(
  session: GlobalSession,
  user: { readonly id: string; readonly displayName: string },
): Promise<void> {
  await session.rows(
    'INSERT INTO postern.users (id, display_name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
    [user.id, user.displayName],
  )
}

/** Says that whom `issuer` calls `subject` is this user; an identity that is known already stays whose it is. */
export async function insertIdentity(
  session: GlobalSession,
  identity: { readonly issuer: string; readonly subject: string; readonly userId: string },
): Promise<void> {
  await session.rows(
    `INSERT INTO postern.identities (issuer, subject, user_id) VALUES ($1, $2, $3)
     ON CONFLICT (issuer, subject) DO NOTHING`,
    [identity.issuer, identity.subject, identity.userId],
  )
}
