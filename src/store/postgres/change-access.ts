import { Fault } from '../../lib/fault.ts'
import type { GlobalSession, TenantSession } from './transaction.ts'

/** What happened to a tenant's access; becomes the type of the event that sidecars and others are told. */
export type AccessChangeKind =
  | 'tenant.created'
  | 'tenant.changed'
  | 'tenant.deleted'
  | 'tenant.restored'
  | 'tenant.purged'
  | 'workspace.created'
  | 'workspace.changed'
  | 'workspace.deleted'
  | 'workspace.restored'
  | 'workspace.purged'
  | 'membership.created'
  | 'membership.changed'
  | 'membership.removed'
  | 'custom-role.changed'
  | 'custom-role.removed'
  | 'limit.changed'
  | 'service.admitted'
  | 'service.dismissed'
  | 'break-glass.opened'
  | 'break-glass.closed'

/** What happened to something that many tenants share. */
export type SharedChangeKind =
  | 'user.created'
  | 'user.deleted'
  | 'user.restored'
  | 'identity.linked'
  | 'identity.unlinked'
  | 'operator.revoked'
  | 'service.changed'
  | 'plan.changed'
  | 'role.changed'

/**
 * A transaction that has announced a change of the tenant's access, and may now make it. The statements that change
 * access take this instead of a TenantSession, and triggers refuse the change to whoever goes around them.
 */
export type ChangingSession = TenantSession & {
  /** The version that the tenant has once this transaction is committed; documents below it are out of date. */
  readonly accessVersion: number
}

/** A transaction that has announced a change of one user, service, plan or built-in role, named by `changing`. */
export type SharedChangingSession = GlobalSession & { readonly changing: string }

/**
 * The one way to change access: raises the access version of the session's tenant and writes the event that makes
 * sidecars forget what they hold of it, both in this transaction. Changes of one tenant wait for one another from here
 * to their commit, so that versions are committed in their order.
 *
 * @param change.subject the id of what changes: a user, a workspace, a role, the name of a limit
 */
export async function changeAccess(
  session: TenantSession,
  change: { readonly kind: AccessChangeKind; readonly subject: string },
): Promise<ChangingSession> {
  const rows = await session.rows<{ version: string | null }>(
    'SELECT postern.change_access($1, $2) AS version',
    [change.kind, change.subject],
  )
  const { version } = rows[0]!
  if (version === null) throw new Fault('INTERNAL', 'change the access of a tenant that does not exist')
  return { ...session, accessVersion: Number(version) }
}

/** The same for a user: reaches every tenant where the user has a place. */
export async function changeAccessOfUser(
  session: GlobalSession,
  change: { readonly kind: SharedChangeKind; readonly userId: string },
): Promise<SharedChangingSession> {
  await session.rows('SELECT postern.change_access_of_user($1, $2)', [change.kind, change.userId])
  return { ...session, changing: change.userId }
}

/** The same for a service: reaches every tenant that let it in. As the owner. */
export async function changeAccessOfService(
  session: GlobalSession,
  change: { readonly kind: SharedChangeKind; readonly serviceId: string },
): Promise<SharedChangingSession> {
  await session.rows('SELECT postern.change_access_of_service($1, $2)', [change.kind, change.serviceId])
  return { ...session, changing: change.serviceId }
}

/** The same for a plan: reaches every tenant that is on it. As the owner. */
export async function changeAccessOfPlan(
  session: GlobalSession,
  change: { readonly kind: SharedChangeKind; readonly plan: string },
): Promise<SharedChangingSession> {
  await session.rows('SELECT postern.change_access_of_plan($1, $2)', [change.kind, change.plan])
  return { ...session, changing: change.plan }
}

/** The same for a built-in role: reaches every tenant there is. As the owner. */
export async function changeAccessOfRole(
  session: GlobalSession,
  change: { readonly kind: SharedChangeKind; readonly role: string },
): Promise<SharedChangingSession> {
  await session.rows('SELECT postern.change_access_of_role($1, $2)', [change.kind, change.role])
  return { ...session, changing: change.role }
}
