import { changeAccess, changeAccessOfRole, changeAccessOfUser } from '../store/postgres/change-access.ts'
import { withOwnerTransactions } from '../store/postgres/owner-transactions.ts'
import {
  grantRolePermission,
  insertPermission,
  listRolePermissions,
} from '../store/postgres/queries/catalogue.ts'
import { putTenantMembership, putWorkspaceMembership } from '../store/postgres/queries/memberships.ts'
import { insertTenant } from '../store/postgres/queries/tenants.ts'
import { insertIdentity, insertUser } from '../store/postgres/queries/users.ts'
import { insertWorkspace } from '../store/postgres/queries/workspaces.ts'
import type { GlobalSession, TenantSession } from '../store/postgres/transaction.ts'
import type { Log } from '../telemetry/log.ts'

export type DemoTenant = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly plan: string
}

export type DemoRole = 'owner' | 'admin' | 'member' | 'guest'

export type DemoUser = {
  readonly userId: string
  readonly tenantId: string
  readonly tenantSlug: string
  /** Named for the role it has in its tenant. */
  readonly name: DemoRole
  /** What the identity provider calls this user: the `oid` and `sub` of its tokens. */
  readonly objectId: string
  readonly displayName: string
}

const acme = tenant('01900000-0000-7000-8000-00000000ac3e', 'acme', 'Acme', 'pro')
const globex = tenant('01900000-0000-7000-8000-000000061be8', 'globex', 'Globex', 'free')

export const demoTenants: readonly DemoTenant[] = Object.freeze([acme, globex])

export const demoUsers: readonly DemoUser[] = Object.freeze([
  user(acme, 1, 'owner', 'Olga Owner'),
  user(acme, 2, 'admin', 'Adam Admin'),
  user(acme, 3, 'member', 'Mona Member'),
  user(acme, 4, 'guest', 'Gert Guest'),
  user(globex, 5, 'owner', 'Otto Owner'),
])

/** The workspace of acme that its member belongs to and its guest does not. */
export const demoWorkspace = Object.freeze({
  tenantId: acme.id,
  id: '01900000-0000-7000-8000-000000001ab0',
  slug: 'lab',
  name: 'Lab',
})

/** What the demo upstream's routes ask for, and which roles have it; the built-in permissions are in the migrations. */
const demoPermissions = Object.freeze([
  { name: 'notes:read', description: 'Read notes', roles: ['owner', 'admin', 'member', 'guest'] },
  { name: 'events:read', description: 'Follow events', roles: ['owner', 'admin', 'member', 'guest'] },
  { name: 'socket:open', description: 'Open a WebSocket', roles: ['owner', 'admin', 'member', 'guest'] },
  { name: 'notes:write', description: 'Write notes', roles: ['owner', 'admin', 'member'] },
  { name: 'echo:write', description: 'Have something sent back', roles: ['owner', 'admin', 'member'] },
])

/**
 * Puts the demo's tenants, users and permissions into a migrated database, for users whom `issuer` signs in. What is
 * there already stays as it is, so it may run at every start.
 *
 * @param ownerUrl may become postern_owner and postern_runtime; the tenants' rows are written as the runtime role,
 *   under row level security like anyone else's
 */
export async function seed(ownerUrl: string, issuer: string, log: Log): Promise<void> {
  const events = {
    onIdleLost: (reason: string) => log.warn({ reason }, 'Postgres closed an idle connection'),
  }
  await withOwnerTransactions({ ownerUrl, events }, async ({ owner, runtime }) => {
    await owner.global(seedPermissions)
    await runtime.global(session => seedUsers(session, issuer))
    for (const each of demoTenants) await runtime.inTenant(each.id, session => seedTenant(session, each))
  })
}

async function seedPermissions(session: GlobalSession): Promise<void> {
  for (const permission of demoPermissions) await insertPermission(session, permission)
  for (const role of ['owner', 'admin', 'member', 'guest']) {
    const held = await listRolePermissions(session, role)
    const missing = demoPermissions.filter(({ name, roles }) => roles.includes(role) && !held.includes(name))
    if (missing.length === 0) continue
    const changing = await changeAccessOfRole(session, { kind: 'role.changed', role })
    for (const { name } of missing) await grantRolePermission(changing, name)
  }
}

async function seedUsers(session: GlobalSession, issuer: string): Promise<void> {
  for (const { userId, displayName, objectId } of demoUsers) {
    if (!(await insertUser(session, { id: userId, displayName }))) continue
    const changing = await changeAccessOfUser(session, { kind: 'user.created', userId })
    await insertIdentity(changing, { issuer, subject: objectId })
  }
}

async function seedTenant(tenantSession: TenantSession, each: DemoTenant): Promise<void> {
  if (!(await insertTenant(tenantSession, each))) return
  const session = await changeAccess(tenantSession, { kind: 'tenant.created', subject: each.id })
  for (const { tenantId, userId, name } of demoUsers) {
    if (tenantId === each.id) await putTenantMembership(session, { userId, role: name })
  }
  if (each.id !== demoWorkspace.tenantId) return
  await insertWorkspace(session, demoWorkspace)
  const member = demoUsers.find(({ tenantId, name }) => tenantId === each.id && name === 'member')!
  await putWorkspaceMembership(session, {
    workspaceId: demoWorkspace.id,
    userId: member.userId,
    role: 'member',
  })
}

function tenant(id: string, slug: string, name: string, plan: string): DemoTenant {
  return Object.freeze({ id, slug, name, plan })
}

function user(of: DemoTenant, number: number, name: DemoRole, displayName: string): DemoUser {
  return Object.freeze({
    userId: `01900000-0000-7000-8000-0000000000e${number}`,
    tenantId: of.id,
    tenantSlug: of.slug,
    name,
    objectId: `5eed0000-0000-4000-8000-0000000000e${number}`,
    displayName,
  })
}
