import type pg from 'pg'
import { v7 } from 'uuid'
import type { ChangingSession, SharedChangingSession } from '../../src/store/postgres/change-access.ts'
import { closeBreakGlass, openBreakGlass } from '../../src/store/postgres/queries/break-glass.ts'
import { grantRolePermission, putPlanLimit } from '../../src/store/postgres/queries/catalogue.ts'
import {
  deleteAllCustomRoles,
  deleteCustomRole,
  setCustomRolePermissions,
} from '../../src/store/postgres/queries/custom-roles.ts'
import {
  deleteAllLimitOverrides,
  deleteLimitOverride,
  putLimitOverride,
} from '../../src/store/postgres/queries/limit-overrides.ts'
import {
  deleteAllMemberships,
  deleteTenantMembership,
  deleteWorkspaceMembership,
  putTenantMembership,
  putWorkspaceMembership,
} from '../../src/store/postgres/queries/memberships.ts'
import { revokeOperator } from '../../src/store/postgres/queries/operators.ts'
import {
  admitService,
  disableService,
  dismissAllServices,
  dismissService,
  grantServicePermission,
} from '../../src/store/postgres/queries/services.ts'
import {
  restoreTenant,
  softDeleteTenant,
  updateTenantPlan,
  updateTenantStatus,
} from '../../src/store/postgres/queries/tenants.ts'
import { insertIdentity, restoreUser, softDeleteUser } from '../../src/store/postgres/queries/users.ts'
import {
  insertWorkspace,
  purgeWorkspaces,
  restoreWorkspace,
  softDeleteWorkspace,
} from '../../src/store/postgres/queries/workspaces.ts'

type Change = (session: ChangingSession) => Promise<unknown>
type SharedChange = (session: SharedChangingSession) => Promise<unknown>

/** What is shared, who it is, and which role changes it. */
export type Shared = {
  readonly of: 'user' | 'service' | 'plan' | 'role'
  readonly changing: string
  readonly as: 'owner' | 'runtime'
}

/** Ids of the tenant alpha (two-tenants.ts) by what they are called. */
type Ids = Readonly<Record<string, string>>

/**
 * Every statement that changes what one tenant's access documents say, by its name, in an order in which each finds
 * something to change after those before it.
 */
export function accessChanges(ids: Ids, nowMs: number): readonly (readonly [string, Change])[] {
  const later = nowMs + 3_600_000
  const [room, worker, boss, role] = [
    ids['alpha-room']!,
    ids['alpha worker']!,
    ids['alpha boss']!,
    ids['alpha-role']!,
  ]
  const override = { name: 'hour', windowMs: 3_600_000, max: 1, reason: 'A reason', endsAtMs: null }
  const grant = {
    id: v7(),
    operatorId: ids['alpha operator']!,
    role: 'guest',
    reason: 'A long reason',
  } as const
  return [
    ['updateTenantStatus', s => updateTenantStatus(s, 'suspended')],
    ['updateTenantPlan', s => updateTenantPlan(s, 'pro')],
    ['insertWorkspace', s => insertWorkspace(s, { id: v7(), slug: 'another', name: 'Another' })],
    ['softDeleteWorkspace', s => softDeleteWorkspace(s, room, later)],
    ['restoreWorkspace', s => restoreWorkspace(s, room)],
    ['purgeWorkspaces', s => purgeWorkspaces(s)],
    ['putTenantMembership', s => putTenantMembership(s, { userId: boss, role: 'guest' })],
    [
      'putWorkspaceMembership',
      s => putWorkspaceMembership(s, { workspaceId: room, userId: boss, role: 'guest' }),
    ],
    ['deleteWorkspaceMembership', s => deleteWorkspaceMembership(s, room, worker)],
    ['deleteTenantMembership', s => deleteTenantMembership(s, worker)],
    ['setCustomRolePermissions', s => setCustomRolePermissions(s, role, ['workspaces:any'])],
    ['deleteCustomRole', s => deleteCustomRole(s, role)],
    ['deleteAllMemberships', s => deleteAllMemberships(s)],
    ['deleteAllCustomRoles', s => deleteAllCustomRoles(s)],
    ['deleteAllLimitOverrides', s => deleteAllLimitOverrides(s)],
    ['putLimitOverride', s => putLimitOverride(s, override)],
    ['deleteLimitOverride', s => deleteLimitOverride(s, override.name)],
    ['dismissService', s => dismissService(s, ids['alpha-service']!)],
    ['admitService', s => admitService(s, ids['alpha-service']!)],
    ['dismissAllServices', s => dismissAllServices(s)],
    ['openBreakGlass', s => openBreakGlass(s, { ...grant, expiresAtMs: later })],
    ['closeBreakGlass', s => closeBreakGlass(s, grant.operatorId)],
    ['softDeleteTenant', s => softDeleteTenant(s, later)],
    ['restoreTenant', s => restoreTenant(s)],
  ]
}

/** The same for what many tenants share. All of them concern the tenant alpha. */
export function sharedChanges(ids: Ids): readonly (readonly [string, Shared, SharedChange])[] {
  const worker: Shared = { of: 'user', changing: ids['alpha worker']!, as: 'runtime' }
  const operator: Shared = { of: 'user', changing: ids['alpha operator']!, as: 'owner' }
  const service: Shared = { of: 'service', changing: ids['alpha-service']!, as: 'owner' }
  const plan: Shared = { of: 'plan', changing: 'free', as: 'owner' }
  const role: Shared = { of: 'role', changing: 'member', as: 'owner' }
  return [
    [
      'insertIdentity',
      worker,
      s => insertIdentity(s, { issuer: 'https://id.example/', subject: 'a-second' }),
    ],
    ['softDeleteUser', worker, s => softDeleteUser(s)],
    ['restoreUser', worker, s => restoreUser(s)],
    ['revokeOperator', operator, s => revokeOperator(s)],
    ['grantServicePermission', service, s => grantServicePermission(s, 'workspaces:any')],
    ['disableService', service, s => disableService(s)],
    ['putPlanLimit', plan, s => putPlanLimit(s, { name: 'minute', windowMs: 60_000, max: 1 })],
    ['grantRolePermission', role, s => grantRolePermission(s, 'workspaces:any')],
  ]
}

/** Ids of users, services, workspaces and roles by name; as a superuser. */
export async function readIds(client: pg.Client): Promise<Ids> {
  const { rows } = await client.query<{ name: string; id: string }>(
    `SELECT display_name AS name, id FROM postern.users UNION ALL SELECT name, id FROM postern.services
     UNION ALL SELECT slug, id FROM postern.workspaces UNION ALL SELECT name, id FROM postern.custom_roles`,
  )
  return Object.fromEntries(rows.map(({ name, id }) => [name, id]))
}
