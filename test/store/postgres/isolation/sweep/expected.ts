/**
 * Which tables are no tenant's; each says in its comment why. A table that is in no list is a tenant's, and is swept and
 * attacked as one.
 */
export const globalTables: readonly string[] = [
  'identities',
  'migrations',
  'operators',
  'permissions',
  'plan_limits',
  'plans',
  'revocations',
  'role_permissions',
  'roles',
  'schema_compatibility',
  'service_permissions',
  'services',
  'users',
]

/** Keys of tenant tables without the tenant, and why. */
export const keysWithoutTenant: Readonly<Record<string, string>> = {
  tenants_slug_key: 'slugs stand in addresses: one namespace for all tenants',
}

/** Policies that go beyond one tenant: for the owners of the definer functions, who see single columns only. */
export const definerPolicies: readonly string[] = [
  'break_glass_grants_of_access: r postern_access true',
  'outbox_of_access: * postern_access true true',
  'service_grants_of_access: r postern_access true',
  'tenant_memberships_of_access: r postern_access true',
  'tenants_bumped_by_access: w postern_access true true',
  'tenants_of_access: r postern_access true',
  'tenants_of_resolver: r postern_resolver (deleted_at IS NULL)',
]

/** Functions that run as their owner, whose they are, and who may call them. */
export const definers: readonly string[] = [
  'access_versions(wanted uuid[]): postern_access for postern_runtime',
  'change_access(kind text, subject text): postern_access for postern_owner, postern_runtime',
  'change_access_of_plan(kind text, changed text): postern_access for postern_owner',
  'change_access_of_role(kind text, changed text): postern_access for postern_owner',
  'change_access_of_service(kind text, changed uuid): postern_access for postern_owner',
  'change_access_of_user(kind text, changed uuid): postern_access for postern_owner, postern_runtime',
  'require_access_change(): postern_access for postern_owner',
  'take_access_events(most integer): postern_access for postern_runtime',
  'tenant_id_of(wanted text): postern_resolver for postern_runtime',
]

/** What our roles are to the cluster. */
export const roles: readonly string[] = [
  'postern_access',
  'postern_owner as postern_access, postern_resolver when it says so',
  'postern_reporting logs in',
  'postern_resolver',
  'postern_runtime logs in',
]

/**
 * Who may do what, in the words of the catalogue. It repeats the migrations on purpose: a right that is given or taken
 * is to be seen here, beside what it means for the isolation of tenants.
 */
export const rights: Readonly<Record<string, readonly string[]>> = {
  break_glass_grants: [
    'postern_access SELECT (operator_id, tenant_id)',
    'postern_reporting SELECT',
    'postern_runtime INSERT (expires_at, id, operator_id, reason, role, tenant_id)',
    'postern_runtime SELECT',
    'postern_runtime UPDATE (closed_at)',
  ],
  custom_role_permissions: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
  ],
  custom_roles: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE (description, name)',
  ],
  identities: [
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
  migrations: ['postern_runtime SELECT'],
  operators: [
    'postern_access SELECT (user_id)',
    'postern_access UPDATE (created_at)',
    'postern_runtime SELECT',
  ],
  outbox: [
    'postern_access DELETE',
    'postern_access INSERT',
    'postern_access SELECT',
    'postern_access UPDATE (created_at)',
    'postern_reporting SELECT',
  ],
  permissions: ['postern_reporting SELECT', 'postern_runtime SELECT'],
  plan_limit_overrides: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
  plan_limits: ['postern_reporting SELECT', 'postern_runtime SELECT'],
  plans: [
    'postern_access SELECT (access_changed_by, name)',
    'postern_access UPDATE (access_changed_by)',
    'postern_reporting SELECT',
    'postern_runtime SELECT',
  ],
  projects: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
  revocations: [
    'postern_runtime DELETE',
    'postern_runtime INSERT (expires_at, id, issuer, key_id, kind, not_before, reason, session_id, subject, tenant_id)',
    'postern_runtime SELECT',
    'postern_runtime UPDATE (published_at)',
  ],
  role_permissions: ['postern_reporting SELECT', 'postern_runtime SELECT'],
  roles: [
    'postern_access SELECT (access_changed_by, name)',
    'postern_access UPDATE (access_changed_by)',
    'postern_reporting SELECT',
    'postern_runtime SELECT',
  ],
  schema_compatibility: ['postern_runtime SELECT'],
  service_grants: [
    'postern_access SELECT (service_id, tenant_id)',
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
  ],
  service_permissions: ['postern_runtime SELECT'],
  services: [
    'postern_access SELECT (access_changed_by, id)',
    'postern_access UPDATE (access_changed_by)',
    'postern_runtime SELECT',
  ],
  tenant_memberships: [
    'postern_access SELECT (tenant_id, user_id)',
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
  tenants: [
    'postern_access SELECT (access_changed_by, access_version, id, plan, purged_at, slug)',
    'postern_access UPDATE (access_changed_by, access_version)',
    'postern_reporting SELECT',
    'postern_resolver SELECT (deleted_at, id, slug)',
    'postern_runtime INSERT (id, name, plan, settings, slug, status)',
    'postern_runtime SELECT',
    'postern_runtime UPDATE (deleted_at, name, plan, purge_after, purged_at, settings, slug, status)',
  ],
  users: [
    'postern_access SELECT (access_changed_by, id)',
    'postern_access UPDATE (access_changed_by)',
    'postern_runtime INSERT (display_name, id)',
    'postern_runtime SELECT',
    'postern_runtime UPDATE (deleted_at, display_name)',
  ],
  workspace_memberships: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
  workspaces: [
    'postern_reporting SELECT',
    'postern_runtime DELETE',
    'postern_runtime INSERT',
    'postern_runtime SELECT',
    'postern_runtime UPDATE',
  ],
}
