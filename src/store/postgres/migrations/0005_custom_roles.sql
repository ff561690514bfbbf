-- Roles that a tenant makes for itself: for all of the tenant, or for one of its workspaces.

CREATE TABLE postern.custom_roles (
  tenant_id uuid NOT NULL CONSTRAINT custom_roles_tenant REFERENCES postern.tenants (id),
  id uuid NOT NULL,
  -- Null: it can be given in the tenant and in each of its workspaces.
  workspace_id uuid,
  -- What the role belongs to, never null, so that a membership can name role and reach in one key.
  scope_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(workspace_id, tenant_id)) STORED,
  name text NOT NULL CONSTRAINT custom_roles_name_shape
    CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$' AND name NOT IN ('owner', 'admin', 'member', 'guest', 'service', 'platform-operator')),
  description text NOT NULL DEFAULT '' CONSTRAINT custom_roles_description_length CHECK (char_length(description) <= 500),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT custom_roles_scope_key UNIQUE (tenant_id, scope_id, id),
  CONSTRAINT custom_roles_name_taken UNIQUE (tenant_id, scope_id, name),
  CONSTRAINT custom_roles_workspace FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES postern.workspaces (tenant_id, id) ON DELETE CASCADE
);
SELECT postern.isolate_table('custom_roles');
GRANT SELECT, INSERT, UPDATE (name, description), DELETE ON postern.custom_roles TO postern_runtime;
GRANT SELECT ON postern.custom_roles TO postern_reporting;

CREATE TABLE postern.custom_role_permissions (
  tenant_id uuid NOT NULL,
  role_id uuid NOT NULL,
  permission text NOT NULL CONSTRAINT custom_role_permissions_permission REFERENCES postern.permissions (name)
    CONSTRAINT custom_role_permissions_in_tenant CHECK (permission !~ '^platform:'),
  PRIMARY KEY (tenant_id, role_id, permission),
  CONSTRAINT custom_role_permissions_role FOREIGN KEY (tenant_id, role_id)
    REFERENCES postern.custom_roles (tenant_id, id) ON DELETE CASCADE
);
SELECT postern.isolate_table('custom_role_permissions');
GRANT SELECT, INSERT, DELETE ON postern.custom_role_permissions TO postern_runtime;
GRANT SELECT ON postern.custom_role_permissions TO postern_reporting;

-- A membership has a built-in role or a custom one. The key of the custom role repeats the tenant as its scope: the
-- role of a workspace cannot be given in the tenant.
ALTER TABLE postern.tenant_memberships
  ALTER COLUMN role DROP NOT NULL,
  ADD COLUMN custom_role_id uuid,
  ADD CONSTRAINT tenant_memberships_one_role CHECK (num_nonnulls(role, custom_role_id) = 1) NOT VALID,
  ADD CONSTRAINT tenant_memberships_built_in_role CHECK (role IN ('owner', 'admin', 'member', 'guest')) NOT VALID,
  ADD CONSTRAINT tenant_memberships_custom_role FOREIGN KEY (tenant_id, tenant_id, custom_role_id)
    REFERENCES postern.custom_roles (tenant_id, scope_id, id) NOT VALID;

-- In a workspace: a role of the tenant, or of this very workspace.
ALTER TABLE postern.workspace_memberships
  ALTER COLUMN role DROP NOT NULL,
  ADD COLUMN custom_role_id uuid,
  ADD COLUMN custom_role_scope uuid,
  ADD CONSTRAINT workspace_memberships_one_role CHECK (num_nonnulls(role, custom_role_id) = 1) NOT VALID,
  ADD CONSTRAINT workspace_memberships_built_in_role CHECK (role IN ('owner', 'admin', 'member', 'guest')) NOT VALID,
  ADD CONSTRAINT workspace_memberships_role_in_reach CHECK (
    (custom_role_id IS NULL) = (custom_role_scope IS NULL)
    AND (custom_role_scope IS NULL OR custom_role_scope IN (tenant_id, workspace_id))) NOT VALID,
  ADD CONSTRAINT workspace_memberships_custom_role FOREIGN KEY (tenant_id, custom_role_scope, custom_role_id)
    REFERENCES postern.custom_roles (tenant_id, scope_id, id) NOT VALID;
