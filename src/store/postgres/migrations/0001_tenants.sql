-- Every record of the product lives in the schema postern, owned by postern_owner; migrate.ts makes schema and roles.
--
-- Two kinds of table, and a test that knows no third:
--   global  a COMMENT that starts with 'global:' and says why; no row level security; few grants;
--   tenant  tenant_id (or id, for tenants itself) in the primary key and in every foreign and unique key, row level
--           security enabled and forced, one permissive policy for the runtime role and one restrictive floor for all.
-- Unique and foreign keys are checked past row level security, so a key without the tenant would tell one tenant what
-- another has (PostgreSQL 5.9).

-- The tenant of the transaction. After a commit the setting is '' and not NULL, hence nullif; NULL equals nothing, so a
-- statement without a tenant sees no rows.
CREATE FUNCTION postern.current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

-- Global tables -------------------------------------------------------------------------------------------------------

CREATE TABLE postern.permissions (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$'),
  description text NOT NULL
);
COMMENT ON TABLE postern.permissions IS 'global: the catalogue of what an operation can ask for is the same for everyone';

CREATE TABLE postern.roles (
  name text PRIMARY KEY,
  description text NOT NULL
);
COMMENT ON TABLE postern.roles IS 'global: the built-in roles are the same for everyone; custom roles get a tenant table';

CREATE TABLE postern.role_permissions (
  role text NOT NULL REFERENCES postern.roles (name),
  permission text NOT NULL REFERENCES postern.permissions (name),
  PRIMARY KEY (role, permission)
);
COMMENT ON TABLE postern.role_permissions IS 'global: what the built-in roles may do';

CREATE TABLE postern.plans (
  name text PRIMARY KEY,
  description text NOT NULL
);
COMMENT ON TABLE postern.plans IS 'global: what is for sale; what one tenant got instead gets a tenant table';

CREATE TABLE postern.plan_limits (
  plan text NOT NULL REFERENCES postern.plans (name),
  name text NOT NULL,
  window_ms bigint NOT NULL CHECK (window_ms > 0),
  max bigint NOT NULL CHECK (max >= 0),
  PRIMARY KEY (plan, name)
);
COMMENT ON TABLE postern.plan_limits IS 'global: belongs to plans';

CREATE TABLE postern.users (
  id uuid PRIMARY KEY,
  display_name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
COMMENT ON TABLE postern.users IS 'global: one person may belong to many tenants, and exists before the first';

CREATE TABLE postern.identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL REFERENCES postern.users (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON postern.identities (user_id);
COMMENT ON TABLE postern.identities IS 'global: tells who signed in, before any tenant is known';

-- Tenant tables -------------------------------------------------------------------------------------------------------

CREATE TABLE postern.tenants (
  id uuid PRIMARY KEY,
  -- One namespace for all tenants, because it stands in addresses; a slug stays taken after its tenant is gone. It never
  -- looks like an id, so that a request that names a tenant cannot mean two of them.
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$' AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  name text NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'archived')),
  plan text NOT NULL REFERENCES postern.plans (name),
  -- Bumped in the same transaction as any change of what this tenant's access documents say.
  access_version bigint NOT NULL DEFAULT 1 CHECK (access_version > 0),
  settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE postern.workspaces (
  tenant_id uuid NOT NULL REFERENCES postern.tenants (id),
  id uuid NOT NULL,
  slug text NOT NULL CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$' AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, slug)
);

CREATE TABLE postern.tenant_memberships (
  tenant_id uuid NOT NULL REFERENCES postern.tenants (id),
  user_id uuid NOT NULL REFERENCES postern.users (id),
  role text NOT NULL REFERENCES postern.roles (name),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX tenant_memberships_by_user ON postern.tenant_memberships (user_id);

CREATE TABLE postern.workspace_memberships (
  tenant_id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL REFERENCES postern.roles (name),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, workspace_id, user_id),
  FOREIGN KEY (tenant_id, workspace_id) REFERENCES postern.workspaces (tenant_id, id),
  -- Whoever leaves the tenant leaves its workspaces.
  FOREIGN KEY (tenant_id, user_id) REFERENCES postern.tenant_memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX workspace_memberships_by_user ON postern.workspace_memberships (tenant_id, user_id);

-- Row level security --------------------------------------------------------------------------------------------------
-- The floor is restrictive: a permissive policy that someone adds later can open a table to another role, but not a
-- tenant to another tenant. It leaves out postern_resolver, whose one policy is below.

ALTER TABLE postern.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_of_runtime ON postern.tenants FOR ALL TO postern_runtime
  USING (id = (SELECT postern.current_tenant())) WITH CHECK (id = (SELECT postern.current_tenant()));
CREATE POLICY tenants_floor ON postern.tenants AS RESTRICTIVE FOR ALL TO postern_runtime, postern_owner
  USING (id = (SELECT postern.current_tenant())) WITH CHECK (id = (SELECT postern.current_tenant()));

ALTER TABLE postern.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY workspaces_of_runtime ON postern.workspaces FOR ALL TO postern_runtime
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));
CREATE POLICY workspaces_floor ON postern.workspaces AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));

ALTER TABLE postern.tenant_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.tenant_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_memberships_of_runtime ON postern.tenant_memberships FOR ALL TO postern_runtime
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));
CREATE POLICY tenant_memberships_floor ON postern.tenant_memberships AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));

ALTER TABLE postern.workspace_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.workspace_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_memberships_of_runtime ON postern.workspace_memberships FOR ALL TO postern_runtime
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));
CREATE POLICY workspace_memberships_floor ON postern.workspace_memberships AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT postern.current_tenant())) WITH CHECK (tenant_id = (SELECT postern.current_tenant()));

-- Which tenant a slug means -------------------------------------------------------------------------------------------
-- It is asked before a tenant is known, so row level security would hide the answer. The function runs as a role of its
-- own that cannot log in, bypasses nothing, and may read three columns of one table through one policy: the runtime role
-- learns the id for a slug it already has, and cannot list, count or search tenants. A tenant that is deleted answers
-- as one that never was.

CREATE POLICY tenants_of_resolver ON postern.tenants FOR SELECT TO postern_resolver USING (deleted_at IS NULL);

CREATE FUNCTION postern.tenant_id_of(wanted text) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  RETURN (SELECT id FROM postern.tenants WHERE slug = wanted AND deleted_at IS NULL);

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA postern FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_runtime, postern_resolver;
GRANT EXECUTE ON FUNCTION postern.tenant_id_of(text) TO postern_runtime;
GRANT CREATE ON SCHEMA postern TO postern_resolver;
ALTER FUNCTION postern.tenant_id_of(text) OWNER TO postern_resolver;
REVOKE CREATE ON SCHEMA postern FROM postern_resolver;

-- Grants --------------------------------------------------------------------------------------------------------------
-- No TRUNCATE for anyone (it ignores row level security), no DELETE where deletion is soft, no DDL.

GRANT USAGE ON SCHEMA postern TO postern_runtime, postern_resolver;
GRANT SELECT (id, slug, deleted_at) ON postern.tenants TO postern_resolver;
GRANT SELECT ON postern.permissions, postern.roles, postern.role_permissions, postern.plans, postern.plan_limits
  TO postern_runtime;
GRANT SELECT, INSERT, UPDATE ON postern.users, postern.identities, postern.tenants, postern.workspaces TO postern_runtime;
GRANT SELECT, INSERT, UPDATE, DELETE ON postern.tenant_memberships, postern.workspace_memberships TO postern_runtime;
