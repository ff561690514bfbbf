import { openBreakGlass } from '../../../src/store/postgres/queries/break-glass.ts'
import {
  grantRolePermission,
  insertPermission,
  putPlanLimit,
} from '../../../src/store/postgres/queries/catalogue.ts'
import {
  deleteCustomRole,
  insertCustomRole,
  setCustomRolePermissions,
} from '../../../src/store/postgres/queries/custom-roles.ts'
import { putLimitOverride } from '../../../src/store/postgres/queries/limit-overrides.ts'
import {
  putTenantMembership,
  putWorkspaceMembership,
} from '../../../src/store/postgres/queries/memberships.ts'
import { insertOperator } from '../../../src/store/postgres/queries/operators.ts'
import { insertProject } from '../../../src/store/postgres/queries/projects.ts'
import {
  admitService,
  grantServicePermission,
  insertService,
} from '../../../src/store/postgres/queries/services.ts'
import {
  insertTenant,
  updateTenantPlan,
  updateTenantSettings,
  updateTenantStatus,
} from '../../../src/store/postgres/queries/tenants.ts'
import { insertIdentity } from '../../../src/store/postgres/queries/users.ts'
import { insertWorkspace, updateWorkspaceSettings } from '../../../src/store/postgres/queries/workspaces.ts'
import { acme, globexOwner, guest, lab, member, mona, soonMs } from '../../support/access-records.ts'
import { newId } from '../../support/records.ts'

import type { Provoke } from './provoking.ts'
import {
  asOwner,
  grant,
  inAcme,
  inNewTenant,
  ofFreePlan,
  ofGuest,
  ofGuestRole,
  ofNewService,
  override,
  project,
  role,
  service,
  tenant,
  withRole,
  workspace,
} from './provoking.ts'

/**
 * A code, the constraints behind it, and for each a way to break it: as a control plane would, wherever it has one.
 */
export const provocations: Readonly<Record<string, Readonly<Record<string, Provoke | readonly Provoke[]>>>> =
  {
    TENANT_UNKNOWN: {
      custom_roles_tenant: inNewTenant(session => insertCustomRole(session, role())),
      revocations_tenant: inAcme(session => session.rows(revoke, [newId(), newId(), 'They left'])),
    },
    TENANT_SLUG_TAKEN: {
      tenants_slug_key: inNewTenant(session => insertTenant(session, tenant({ slug: 'acme' }))),
    },
    TENANT_STATUS_UNKNOWN: {
      tenants_status_check: inAcme(session => updateTenantStatus(session, 'frozen' as never)),
    },
    WORKSPACE_UNKNOWN: {
      workspace_memberships_workspace: inAcme(session =>
        putWorkspaceMembership(session, { workspaceId: newId(), userId: guest.userId, role: 'guest' }),
      ),
      projects_workspace: inAcme(session => insertProject(session, project({ workspaceId: newId() }))),
      custom_roles_workspace: inAcme(session => insertCustomRole(session, role({ workspaceId: newId() }))),
    },
    WORKSPACE_SLUG_TAKEN: {
      workspaces_tenant_id_slug_key: inAcme(session =>
        insertWorkspace(session, workspace({ slug: lab.slug })),
      ),
    },
    PROJECT_SLUG_TAKEN: {
      projects_slug_taken: inAcme(async session => {
        await insertProject(session, project())
        await insertProject(session, project())
      }),
    },
    SLUG_INVALID: {
      tenants_slug_check: inNewTenant(session => insertTenant(session, tenant({ slug: 'Not a slug' }))),
      workspaces_slug_check: inAcme(session => insertWorkspace(session, workspace({ slug: '' }))),
      projects_slug_shape: inAcme(session => insertProject(session, project({ slug: likeAnId }))),
    },
    NAME_INVALID: {
      tenants_name_length: inNewTenant(session => insertTenant(session, tenant({ name: '' }))),
      workspaces_name_length: inAcme(session =>
        insertWorkspace(session, workspace({ name: 'x'.repeat(201) })),
      ),
      projects_name_length: inAcme(session => insertProject(session, project({ name: '' }))),
    },
    SETTINGS_TOO_LARGE: {
      tenants_settings_size: inAcme(session => updateTenantSettings(session, tooLarge)),
      workspaces_settings_size: inAcme(session => updateWorkspaceSettings(session, lab.id, tooLarge)),
      projects_settings_size: inAcme(async session => {
        await insertProject(session, project())
        await session.rows('UPDATE postern.projects SET settings = $1', [tooLarge])
      }),
    },
    PLAN_UNKNOWN: {
      tenants_plan_fkey: [
        inNewTenant(session => insertTenant(session, tenant({ plan: 'golden' }))),
        inAcme(session => updateTenantPlan(session, 'golden')),
      ],
    },
    LIMIT_NAME_INVALID: {
      plan_limit_overrides_name_shape: inAcme(session =>
        putLimitOverride(session, override({ name: 'Not a limit' })),
      ),
    },
    LIMIT_WINDOW_INVALID: {
      plan_limit_overrides_window: inAcme(session => putLimitOverride(session, override({ windowMs: 0 }))),
      plan_limits_window_ms_check: ofFreePlan(session =>
        putPlanLimit(session, { name: 'week', windowMs: 0, max: 1 }),
      ),
    },
    LIMIT_MAX_INVALID: {
      plan_limit_overrides_max: inAcme(session => putLimitOverride(session, override({ max: -1 }))),
      plan_limits_max_check: ofFreePlan(session =>
        putPlanLimit(session, { name: 'week', windowMs: 1, max: -1 }),
      ),
    },
    LIMIT_ENDS_TOO_SOON: {
      plan_limit_overrides_ends_later: inAcme(session =>
        putLimitOverride(session, override({ endsAtMs: 0 })),
      ),
    },
    USER_UNKNOWN: {
      tenant_memberships_user_id_fkey: inAcme(session =>
        putTenantMembership(session, { userId: newId(), role: 'guest' }),
      ),
      operators_user: asOwner(session => insertOperator(session, newId())),
    },
    IDENTITY_TAKEN: { identities_pkey: ofGuest(session => insertIdentity(session, mona)) },
    MEMBER_ALREADY: {
      tenant_memberships_pkey: inAcme(session => session.rows(addToTenant, [acme.id, member.userId])),
      workspace_memberships_pkey: inAcme(session =>
        session.rows(addToWorkspace, [acme.id, lab.id, member.userId]),
      ),
    },
    MEMBER_UNKNOWN: {
      workspace_memberships_tenant_id_user_id_fkey: inAcme(session =>
        putWorkspaceMembership(session, { workspaceId: lab.id, userId: globexOwner.userId, role: 'guest' }),
      ),
    },
    ROLE_UNKNOWN: {
      tenant_memberships_built_in_role: inAcme(session =>
        putTenantMembership(session, { userId: guest.userId, role: 'emperor' as never }),
      ),
      tenant_memberships_custom_role: [
        inAcme(session => putTenantMembership(session, { userId: guest.userId, customRoleId: newId() })),
        withRole({ workspaceId: lab.id }, (session, customRoleId) =>
          putTenantMembership(session, { userId: guest.userId, customRoleId }),
        ),
      ],
      workspace_memberships_built_in_role: inAcme(session =>
        putWorkspaceMembership(session, { ...guestInLab, role: 'emperor' as never }),
      ),
      workspace_memberships_role_in_reach: [
        inAcme(session => putWorkspaceMembership(session, { ...guestInLab, customRoleId: newId() })),
        withRole({ workspaceId: lab.id }, async (session, customRoleId) => {
          const { id, ...other } = workspace()
          await insertWorkspace(session, { id, ...other })
          await putWorkspaceMembership(session, { workspaceId: id, userId: guest.userId, customRoleId })
        }),
      ],
      // Reached when someone else deletes the role between the look at it and the insert.
      workspace_memberships_custom_role: inAcme(session =>
        session.rows(addToWorkspaceWithRole, [acme.id, lab.id, guest.userId, newId()]),
      ),
      break_glass_grants_built_in_role: inAcme(session =>
        openBreakGlass(session, grant({ role: 'emperor' as never })),
      ),
    },
    CUSTOM_ROLE_UNKNOWN: {
      custom_role_permissions_role: inAcme(session =>
        setCustomRolePermissions(session, newId(), ['self:read']),
      ),
    },
    ROLE_NAME_TAKEN: { custom_roles_name_taken: withRole({}, session => insertCustomRole(session, role())) },
    ROLE_NAME_INVALID: {
      custom_roles_name_shape: inAcme(session => insertCustomRole(session, role({ name: 'service' }))),
    },
    ROLE_STILL_HELD: {
      tenant_memberships_custom_role: withRole({}, async (session, customRoleId) => {
        await putTenantMembership(session, { userId: guest.userId, customRoleId })
        await deleteCustomRole(session, customRoleId)
      }),
      workspace_memberships_custom_role: withRole({ workspaceId: lab.id }, async (session, customRoleId) => {
        await putWorkspaceMembership(session, { ...guestInLab, customRoleId })
        await deleteCustomRole(session, customRoleId)
      }),
    },
    DESCRIPTION_TOO_LONG: {
      custom_roles_description_length: inAcme(session =>
        insertCustomRole(session, role({ description: 'x'.repeat(501) })),
      ),
    },
    PERMISSION_UNKNOWN: {
      custom_role_permissions_permission: withRole({}, (session, roleId) =>
        setCustomRolePermissions(session, roleId, ['moon:land']),
      ),
      service_permissions_permission: ofNewService(session => grantServicePermission(session, 'moon:land')),
      role_permissions_permission_fkey: ofGuestRole(session => grantRolePermission(session, 'moon:land')),
    },
    PERMISSION_OUT_OF_REACH: {
      custom_role_permissions_in_tenant: withRole({}, (session, roleId) =>
        setCustomRolePermissions(session, roleId, ['platform:plans']),
      ),
      service_permissions_in_tenant: ofNewService(session =>
        grantServicePermission(session, 'platform:plans'),
      ),
      role_permissions_level: ofGuestRole(session => grantRolePermission(session, 'platform:plans')),
    },
    PERMISSION_ALREADY: {
      role_permissions_pkey: ofGuestRole(session => grantRolePermission(session, 'self:read')),
    },
    PERMISSION_NAME_INVALID: {
      permissions_name_check: asOwner(session =>
        insertPermission(session, { name: 'Not a permission', description: '' }),
      ),
    },
    SERVICE_UNKNOWN: { service_grants_service: inAcme(session => admitService(session, newId())) },
    SERVICE_NAME_TAKEN: {
      services_name_taken: asOwner(async session => {
        await insertService(session, service())
        await insertService(session, service({ subject: 'another' }))
      }),
    },
    SERVICE_IDENTITY_TAKEN: {
      services_identity_taken: asOwner(async session => {
        await insertService(session, service())
        await insertService(session, service({ name: 'another' }))
      }),
    },
    SERVICE_NAME_INVALID: {
      services_name_shape: asOwner(session => insertService(session, service({ name: 'Not a name' }))),
    },
    OPERATOR_UNKNOWN: { break_glass_grants_operator: inAcme(session => openBreakGlass(session, grant())) },
    BREAK_GLASS_TOO_LONG: {
      break_glass_grants_time_boxed: [
        inAcme(session => openBreakGlass(session, grant({ expiresAtMs: soonMs() + fourHoursMs }))),
        inAcme(session => openBreakGlass(session, grant({ expiresAtMs: 0 }))),
      ],
    },
    REASON_INVALID: {
      plan_limit_overrides_reason_length: inAcme(session =>
        putLimitOverride(session, override({ reason: '' })),
      ),
      break_glass_grants_reason_length: inAcme(session =>
        openBreakGlass(session, grant({ reason: 'too short' })),
      ),
      revocations_reason_length: inAcme(session => session.rows(revoke, [newId(), acme.id, ''])),
    },
    TEXT_UNSTORABLE: {
      '22021': inAcme(session => insertWorkspace(session, workspace({ name: 'nul \0 nul' }))),
      '22P05': inAcme(session => updateTenantSettings(session, { labels: { a: 'nul \0 nul' } })),
    },
  }

// What no query function does.
const addToTenant =
  "INSERT INTO postern.tenant_memberships (tenant_id, user_id, role) VALUES ($1, $2, 'guest')"
const addToWorkspace = `
  INSERT INTO postern.workspace_memberships (tenant_id, workspace_id, user_id, role) VALUES ($1, $2, $3, 'guest')`
const addToWorkspaceWithRole = `
  INSERT INTO postern.workspace_memberships (tenant_id, workspace_id, user_id, custom_role_id, custom_role_scope)
  VALUES ($1, $2, $3, $4, $1)`
const revoke = `
  INSERT INTO postern.revocations (id, kind, tenant_id, reason, expires_at)
  VALUES ($1, 'tenant', $2, $3, now() + interval '1 hour')`

const guestInLab = { workspaceId: lab.id, userId: guest.userId }
const likeAnId = 'abcdef00-0000-7000-8000-000000000001'
const tooLarge = { labels: { a: 'x'.repeat(65_536) } }
const fourHoursMs = 4 * 3_600_000
