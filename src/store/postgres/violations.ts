import pg from 'pg'
import type { Rule } from '../../lib/violation.ts'
import { Violation } from '../../lib/violation.ts'

type Row = Rule & {
  /** The constraints that a row which is written may break. */
  readonly written: readonly string[]
  /** The foreign keys that a row which is deleted may break, because something still names it. */
  readonly deleted: readonly string[]
}

/**
 * The constraints that what a caller sends can break. docs/errors.md is generated from this table; a code, once
 * published, keeps its meaning. A constraint that is not here can be broken by a bug of ours only, and stays INTERNAL.
 */
export const violations: readonly Row[] = Object.freeze([
  row('TENANT_UNKNOWN', 404, 'There is no such tenant', null, ['custom_roles_tenant', 'revocations_tenant']),
  row('TENANT_SLUG_TAKEN', 409, 'Another tenant has, or had, that slug', 'slug', ['tenants_slug_key']),
  row('TENANT_STATUS_UNKNOWN', 422, 'A tenant is active, suspended or archived', 'status', [
    'tenants_status_check',
  ]),
  row('WORKSPACE_UNKNOWN', 404, 'There is no such workspace in the tenant', 'workspaceId', [
    'workspace_memberships_workspace',
    'projects_workspace',
    'custom_roles_workspace',
  ]),
  row('WORKSPACE_SLUG_TAKEN', 409, 'The tenant has a workspace with that slug', 'slug', [
    'workspaces_tenant_id_slug_key',
  ]),
  row('PROJECT_SLUG_TAKEN', 409, 'The workspace has a project with that slug', 'slug', [
    'projects_slug_taken',
  ]),
  row(
    'SLUG_INVALID',
    422,
    'A slug is a lower-case letter, then letters, digits and hyphens, at most 63, and no UUID',
    'slug',
    ['tenants_slug_check', 'workspaces_slug_check', 'projects_slug_shape'],
  ),
  row('NAME_INVALID', 422, 'A name has 1 to 200 characters', 'name', [
    'tenants_name_length',
    'workspaces_name_length',
    'projects_name_length',
  ]),
  row('SETTINGS_TOO_LARGE', 422, 'Settings have at most 65536 octets', 'settings', [
    'tenants_settings_size',
    'workspaces_settings_size',
    'projects_settings_size',
  ]),

  row('PLAN_UNKNOWN', 422, 'There is no such plan', 'plan', ['tenants_plan_fkey']),
  row(
    'LIMIT_NAME_INVALID',
    422,
    'The name of a limit is a lower-case letter, then letters, digits and hyphens, at most 63',
    'name',
    ['plan_limit_overrides_name_shape'],
  ),
  row('LIMIT_WINDOW_INVALID', 422, 'The window of a limit is longer than nothing', 'windowMs', [
    'plan_limit_overrides_window',
    'plan_limits_window_ms_check',
  ]),
  row('LIMIT_MAX_INVALID', 422, 'A limit is not less than nothing', 'max', [
    'plan_limit_overrides_max',
    'plan_limits_max_check',
  ]),
  row('LIMIT_ENDS_TOO_SOON', 422, 'An override ends after it begins', 'endsAtMs', [
    'plan_limit_overrides_ends_later',
  ]),

  row('USER_UNKNOWN', 422, 'There is no such user', 'userId', [
    'tenant_memberships_user_id_fkey',
    'operators_user',
  ]),
  row('IDENTITY_TAKEN', 409, 'That identity belongs to a user', 'subject', ['identities_pkey']),
  row('MEMBER_ALREADY', 409, 'The user is a member', 'userId', [
    'tenant_memberships_pkey',
    'workspace_memberships_pkey',
  ]),
  row('MEMBER_UNKNOWN', 422, 'The user is no member of the tenant', 'userId', [
    'workspace_memberships_tenant_id_user_id_fkey',
  ]),

  row('ROLE_UNKNOWN', 422, 'There is no such role that could be given here', 'role', [
    'tenant_memberships_built_in_role',
    'tenant_memberships_custom_role',
    'workspace_memberships_built_in_role',
    'workspace_memberships_role_in_reach',
    'workspace_memberships_custom_role',
    'break_glass_grants_built_in_role',
  ]),
  row('CUSTOM_ROLE_UNKNOWN', 404, 'The tenant has no such role', 'roleId', ['custom_role_permissions_role']),
  row('ROLE_NAME_TAKEN', 409, 'There is a role with that name', 'name', ['custom_roles_name_taken']),
  row(
    'ROLE_NAME_INVALID',
    422,
    'The name of a role is a lower-case letter, then letters, digits and hyphens, at most 63, and no built-in role',
    'name',
    ['custom_roles_name_shape'],
  ),
  row(
    'ROLE_STILL_HELD',
    409,
    'Somebody still has the role',
    null,
    [],
    ['tenant_memberships_custom_role', 'workspace_memberships_custom_role'],
  ),
  row('DESCRIPTION_TOO_LONG', 422, 'A description has at most 500 characters', 'description', [
    'custom_roles_description_length',
  ]),
  row('PERMISSION_UNKNOWN', 422, 'There is no such permission', 'permission', [
    'custom_role_permissions_permission',
    'service_permissions_permission',
    'role_permissions_permission_fkey',
  ]),
  row('PERMISSION_OUT_OF_REACH', 422, 'That permission cannot be given here', 'permission', [
    'custom_role_permissions_in_tenant',
    'service_permissions_in_tenant',
    'role_permissions_level',
  ]),
  row('PERMISSION_ALREADY', 409, 'The role has that permission', 'permission', ['role_permissions_pkey']),
  row('PERMISSION_NAME_INVALID', 422, 'The name of a permission looks like notes:read', 'name', [
    'permissions_name_check',
  ]),

  row('SERVICE_UNKNOWN', 404, 'There is no such service', 'serviceId', ['service_grants_service']),
  row('SERVICE_NAME_TAKEN', 409, 'There is a service with that name', 'name', ['services_name_taken']),
  row('SERVICE_IDENTITY_TAKEN', 409, 'That identity belongs to a service', 'subject', [
    'services_identity_taken',
  ]),
  row(
    'SERVICE_NAME_INVALID',
    422,
    'The name of a service is a lower-case letter, then letters, digits and hyphens, at most 63',
    'name',
    ['services_name_shape'],
  ),
  row('OPERATOR_UNKNOWN', 422, 'The user is no operator of the platform', 'operatorId', [
    'break_glass_grants_operator',
  ]),
  row('BREAK_GLASS_TOO_LONG', 422, 'A way in ends in the future, within four hours', 'expiresAtMs', [
    'break_glass_grants_time_boxed',
  ]),
  row('REASON_INVALID', 422, 'A reason has at most 1000 characters; for a way in, at least 10', 'reason', [
    'plan_limit_overrides_reason_length',
    'break_glass_grants_reason_length',
    'revocations_reason_length',
  ]),
  // Not constraints: SQLSTATEs of what Postgres cannot store in any column.
  row('TEXT_UNSTORABLE', 422, 'A text holds a character that cannot be stored, such as NUL', null, [
    '22021',
    '22P05',
  ]),
])

/**
 * What pg threw, where it is a no that the caller can do something about; null for everything else.
 *
 * A foreign key has one name, and Postgres one SQLSTATE, for two different noes: what a new row names does not exist,
 * and what is deleted is still named. Only the message tells them apart, and its language is the server's. So the
 * statement does: one that begins with DELETE names nothing, and no other deletes what a foreign key keeps.
 */
export function violationOf(error: unknown, statement: string): Violation | null {
  if (!(error instanceof pg.DatabaseError)) return null
  const constraint = error.code?.startsWith('23') ? error.constraint : error.code
  if (constraint === undefined) return null
  const rule = (deletion.test(statement) ? whenDeleted : whenWritten).get(constraint)
  return rule === undefined ? null : new Violation(rule, constraint)
}

const deletion = /^\s*DELETE\b/
const whenWritten = rulesBy('written')
const whenDeleted = rulesBy('deleted')

function rulesBy(occasion: 'written' | 'deleted'): ReadonlyMap<string, Rule> {
  return new Map(
    violations.flatMap(({ written, deleted, ...rule }) =>
      (occasion === 'written' ? written : deleted).map(
        constraint => [constraint, Object.freeze(rule)] as const,
      ),
    ),
  )
}

function row(
  code: string,
  status: Rule['status'],
  title: string,
  member: string | null,
  written: readonly string[],
  deleted: readonly string[] = [],
): Row {
  return Object.freeze({ code, status, title, member, written, deleted })
}
