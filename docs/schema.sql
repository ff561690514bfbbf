-- What all migrations together come to, as a database knows it. For reading: `postern migrate` makes it.
-- Generated from the catalogs of a migrated database by `node test/generate.ts`. Bodies of functions are in
-- src/store/postgres/migrations.

-- Roles ---------------------------------------------------------------------------------------------------------------

CREATE ROLE postern_access NOLOGIN;
CREATE ROLE postern_owner NOLOGIN NOINHERIT;
GRANT postern_access TO postern_owner;
GRANT postern_resolver TO postern_owner;
CREATE ROLE postern_reporting LOGIN;
CREATE ROLE postern_resolver NOLOGIN;
CREATE ROLE postern_runtime LOGIN;

-- Schema --------------------------------------------------------------------------------------------------------------

CREATE SCHEMA postern;
GRANT USAGE ON SCHEMA postern TO postern_access;
GRANT USAGE ON SCHEMA postern TO postern_reporting;
GRANT USAGE ON SCHEMA postern TO postern_resolver;
GRANT USAGE ON SCHEMA postern TO postern_runtime;

-- Tables --------------------------------------------------------------------------------------------------------------

CREATE TABLE postern.break_glass_grants (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  operator_id uuid NOT NULL,
  role text NOT NULL,
  reason text NOT NULL,
  opened_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  closed_at timestamp with time zone,
  CONSTRAINT break_glass_grants_built_in_role CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'guest'::text])),
  CONSTRAINT break_glass_grants_operator FOREIGN KEY (operator_id) REFERENCES postern.operators(user_id),
  CONSTRAINT break_glass_grants_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT break_glass_grants_reason_length CHECK (char_length(reason) >= 10 AND char_length(reason) <= 1000),
  CONSTRAINT break_glass_grants_role FOREIGN KEY (role) REFERENCES postern.roles(name),
  CONSTRAINT break_glass_grants_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT break_glass_grants_time_boxed CHECK (expires_at > opened_at AND expires_at <= (opened_at + '04:00:00'::interval))
);
CREATE INDEX break_glass_grants_by_operator ON postern.break_glass_grants USING btree (operator_id, tenant_id);
ALTER TABLE postern.break_glass_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.break_glass_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY break_glass_grants_closed ON postern.break_glass_grants AS RESTRICTIVE FOR UPDATE TO postern_runtime
  USING (closed_at IS NULL)
  WITH CHECK (true);
CREATE POLICY break_glass_grants_floor ON postern.break_glass_grants AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY break_glass_grants_of_access ON postern.break_glass_grants FOR SELECT TO postern_access
  USING (true);
CREATE POLICY break_glass_grants_of_reporting ON postern.break_glass_grants FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY break_glass_grants_of_runtime ON postern.break_glass_grants FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER break_glass_grants_access BEFORE INSERT OR DELETE OR UPDATE ON postern.break_glass_grants FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT (tenant_id, operator_id) ON postern.break_glass_grants TO postern_access;
GRANT SELECT ON postern.break_glass_grants TO postern_reporting;
GRANT INSERT (tenant_id, id, operator_id, role, reason, expires_at), UPDATE (closed_at) ON postern.break_glass_grants TO postern_runtime;
GRANT SELECT ON postern.break_glass_grants TO postern_runtime;

CREATE TABLE postern.custom_role_permissions (
  tenant_id uuid NOT NULL,
  role_id uuid NOT NULL,
  permission text NOT NULL,
  CONSTRAINT custom_role_permissions_in_tenant CHECK (permission !~ '^platform:'::text),
  CONSTRAINT custom_role_permissions_permission FOREIGN KEY (permission) REFERENCES postern.permissions(name),
  CONSTRAINT custom_role_permissions_pkey PRIMARY KEY (tenant_id, role_id, permission),
  CONSTRAINT custom_role_permissions_role FOREIGN KEY (tenant_id, role_id) REFERENCES postern.custom_roles(tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE postern.custom_role_permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.custom_role_permissions FORCE ROW LEVEL SECURITY;
CREATE POLICY custom_role_permissions_floor ON postern.custom_role_permissions AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY custom_role_permissions_of_reporting ON postern.custom_role_permissions FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY custom_role_permissions_of_runtime ON postern.custom_role_permissions FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER custom_role_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.custom_role_permissions FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT ON postern.custom_role_permissions TO postern_reporting;
GRANT DELETE, INSERT, SELECT ON postern.custom_role_permissions TO postern_runtime;

CREATE TABLE postern.custom_roles (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  workspace_id uuid,
  scope_id uuid NOT NULL GENERATED ALWAYS AS (COALESCE(workspace_id, tenant_id)) STORED,
  name text NOT NULL,
  description text NOT NULL DEFAULT ''::text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT custom_roles_description_length CHECK (char_length(description) <= 500),
  CONSTRAINT custom_roles_name_shape CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'::text AND (name <> ALL (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'guest'::text, 'service'::text, 'platform-operator'::text]))),
  CONSTRAINT custom_roles_name_taken UNIQUE (tenant_id, scope_id, name),
  CONSTRAINT custom_roles_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT custom_roles_scope_key UNIQUE (tenant_id, scope_id, id),
  CONSTRAINT custom_roles_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT custom_roles_workspace FOREIGN KEY (tenant_id, workspace_id) REFERENCES postern.workspaces(tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE postern.custom_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.custom_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY custom_roles_floor ON postern.custom_roles AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY custom_roles_of_reporting ON postern.custom_roles FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY custom_roles_of_runtime ON postern.custom_roles FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER custom_roles_access BEFORE DELETE OR UPDATE OF tenant_id, id, workspace_id, name ON postern.custom_roles FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT ON postern.custom_roles TO postern_reporting;
GRANT DELETE, INSERT, SELECT ON postern.custom_roles TO postern_runtime;
GRANT UPDATE (name, description) ON postern.custom_roles TO postern_runtime;

CREATE TABLE postern.identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject),
  CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES postern.users(id)
);
COMMENT ON TABLE postern.identities IS 'global: tells who signed in, before any tenant is known';
CREATE INDEX identities_by_user ON postern.identities USING btree (user_id);
CREATE TRIGGER identities_access BEFORE INSERT OR DELETE OR UPDATE ON postern.identities FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'user_id');
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.identities TO postern_runtime;

CREATE TABLE postern.migrations (
  id integer NOT NULL DEFAULT nextval('postern.migrations_id_seq'::regclass),
  name character varying(255) NOT NULL,
  run_on timestamp without time zone NOT NULL,
  CONSTRAINT migrations_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE postern.migrations IS 'global: the schema is one for all tenants; migrate.ts makes and fills this table';
GRANT SELECT ON postern.migrations TO postern_runtime;

CREATE TABLE postern.operators (
  user_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'platform-operator'::text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  revoked_at timestamp with time zone,
  CONSTRAINT operators_pkey PRIMARY KEY (user_id),
  CONSTRAINT operators_role FOREIGN KEY (role) REFERENCES postern.roles(name),
  CONSTRAINT operators_role_level CHECK (role = 'platform-operator'::text),
  CONSTRAINT operators_user FOREIGN KEY (user_id) REFERENCES postern.users(id)
);
COMMENT ON TABLE postern.operators IS 'global: operators belong to the platform, not to a tenant';
CREATE TRIGGER operators_access BEFORE DELETE OR UPDATE ON postern.operators FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'user_id');
GRANT SELECT (user_id), UPDATE (created_at) ON postern.operators TO postern_access;
GRANT SELECT ON postern.operators TO postern_runtime;

CREATE TABLE postern.outbox (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT outbox_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT outbox_type_shape CHECK (type ~ '^[a-z-]+(\.[a-z-]+)+$'::text)
);
CREATE INDEX outbox_by_age ON postern.outbox USING btree (created_at);
ALTER TABLE postern.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_floor ON postern.outbox AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY outbox_of_access ON postern.outbox FOR ALL TO postern_access
  USING (true)
  WITH CHECK (true);
CREATE POLICY outbox_of_reporting ON postern.outbox FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY outbox_of_runtime ON postern.outbox FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
GRANT DELETE, INSERT, SELECT ON postern.outbox TO postern_access;
GRANT UPDATE (created_at) ON postern.outbox TO postern_access;
GRANT SELECT ON postern.outbox TO postern_reporting;

CREATE TABLE postern.permissions (
  name text NOT NULL,
  description text NOT NULL,
  CONSTRAINT permissions_name_check CHECK (name ~ '^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$'::text),
  CONSTRAINT permissions_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE postern.permissions IS 'global: the catalogue of what an operation can ask for is the same for everyone';
GRANT SELECT ON postern.permissions TO postern_reporting;
GRANT SELECT ON postern.permissions TO postern_runtime;

CREATE TABLE postern.plan_limit_overrides (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  window_ms bigint NOT NULL,
  max bigint NOT NULL,
  reason text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  ends_at timestamp with time zone,
  CONSTRAINT plan_limit_overrides_ends_later CHECK (ends_at > created_at),
  CONSTRAINT plan_limit_overrides_max CHECK (max >= 0),
  CONSTRAINT plan_limit_overrides_name_shape CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'::text),
  CONSTRAINT plan_limit_overrides_pkey PRIMARY KEY (tenant_id, name),
  CONSTRAINT plan_limit_overrides_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 1000),
  CONSTRAINT plan_limit_overrides_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT plan_limit_overrides_window CHECK (window_ms > 0)
);
ALTER TABLE postern.plan_limit_overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.plan_limit_overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY plan_limit_overrides_floor ON postern.plan_limit_overrides AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY plan_limit_overrides_of_reporting ON postern.plan_limit_overrides FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY plan_limit_overrides_of_runtime ON postern.plan_limit_overrides FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER plan_limit_overrides_access BEFORE INSERT OR DELETE OR UPDATE ON postern.plan_limit_overrides FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT ON postern.plan_limit_overrides TO postern_reporting;
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.plan_limit_overrides TO postern_runtime;

CREATE TABLE postern.plan_limits (
  plan text NOT NULL,
  name text NOT NULL,
  window_ms bigint NOT NULL,
  max bigint NOT NULL,
  CONSTRAINT plan_limits_max_check CHECK (max >= 0),
  CONSTRAINT plan_limits_pkey PRIMARY KEY (plan, name),
  CONSTRAINT plan_limits_plan_fkey FOREIGN KEY (plan) REFERENCES postern.plans(name),
  CONSTRAINT plan_limits_window_ms_check CHECK (window_ms > 0)
);
COMMENT ON TABLE postern.plan_limits IS 'global: belongs to plans';
CREATE TRIGGER plan_limits_access BEFORE INSERT OR DELETE OR UPDATE ON postern.plan_limits FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('plans', 'plan');
GRANT SELECT ON postern.plan_limits TO postern_reporting;
GRANT SELECT ON postern.plan_limits TO postern_runtime;

CREATE TABLE postern.plans (
  name text NOT NULL,
  description text NOT NULL,
  access_changed_by xid8,
  CONSTRAINT plans_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE postern.plans IS 'global: what is for sale; what one tenant got instead gets a tenant table';
GRANT SELECT (name, access_changed_by), UPDATE (access_changed_by) ON postern.plans TO postern_access;
GRANT SELECT ON postern.plans TO postern_reporting;
GRANT SELECT ON postern.plans TO postern_runtime;

CREATE TABLE postern.projects (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  purge_after timestamp with time zone,
  CONSTRAINT projects_name_length CHECK (char_length(name) >= 1 AND char_length(name) <= 200),
  CONSTRAINT projects_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT projects_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL)),
  CONSTRAINT projects_settings_object CHECK (jsonb_typeof(settings) = 'object'::text),
  CONSTRAINT projects_settings_size CHECK (octet_length(settings::text) <= 65536),
  CONSTRAINT projects_slug_shape CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$'::text AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text),
  CONSTRAINT projects_slug_taken UNIQUE (tenant_id, workspace_id, slug),
  CONSTRAINT projects_workspace FOREIGN KEY (tenant_id, workspace_id) REFERENCES postern.workspaces(tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE postern.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.projects FORCE ROW LEVEL SECURITY;
CREATE POLICY projects_floor ON postern.projects AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY projects_of_reporting ON postern.projects FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY projects_of_runtime ON postern.projects FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY projects_purge ON postern.projects AS RESTRICTIVE FOR DELETE TO postern_runtime
  USING (purge_after <= now());
GRANT SELECT ON postern.projects TO postern_reporting;
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.projects TO postern_runtime;

CREATE TABLE postern.revocations (
  id uuid NOT NULL,
  kind text NOT NULL,
  issuer text,
  subject text,
  session_id text,
  key_id text,
  tenant_id uuid,
  not_before timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  reason text NOT NULL,
  published_at timestamp with time zone,
  CONSTRAINT revocations_expire_later CHECK (expires_at > not_before),
  CONSTRAINT revocations_kind CHECK (kind = ANY (ARRAY['session'::text, 'principal'::text, 'tenant'::text, 'key'::text])),
  CONSTRAINT revocations_pkey PRIMARY KEY (id),
  CONSTRAINT revocations_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 1000),
  CONSTRAINT revocations_shape CHECK (
CASE kind
    WHEN 'session'::text THEN num_nonnulls(issuer, session_id) = 2 AND num_nonnulls(subject, key_id, tenant_id) = 0
    WHEN 'principal'::text THEN num_nonnulls(issuer, subject) = 2 AND num_nonnulls(session_id, key_id) = 0
    WHEN 'tenant'::text THEN tenant_id IS NOT NULL AND num_nonnulls(issuer, subject, session_id, key_id) = 0
    ELSE num_nonnulls(issuer, key_id) = 2 AND num_nonnulls(subject, session_id, tenant_id) = 0
END),
  CONSTRAINT revocations_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id)
);
COMMENT ON TABLE postern.revocations IS 'global: says which tokens are void, before the tenant of a request is known';
CREATE INDEX revocations_by_end ON postern.revocations USING btree (expires_at);
CREATE INDEX revocations_unpublished ON postern.revocations USING btree (not_before) WHERE published_at IS NULL;
GRANT DELETE, SELECT ON postern.revocations TO postern_runtime;
GRANT INSERT (id, kind, issuer, subject, session_id, key_id, tenant_id, not_before, expires_at, reason), UPDATE (published_at) ON postern.revocations TO postern_runtime;

CREATE TABLE postern.role_permissions (
  role text NOT NULL,
  permission text NOT NULL,
  CONSTRAINT role_permissions_level CHECK ((role = 'platform-operator'::text) = (permission ~ '^platform:'::text)),
  CONSTRAINT role_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES postern.permissions(name),
  CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission),
  CONSTRAINT role_permissions_role_fkey FOREIGN KEY (role) REFERENCES postern.roles(name)
);
COMMENT ON TABLE postern.role_permissions IS 'global: what the built-in roles may do';
CREATE TRIGGER role_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.role_permissions FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('roles', 'role');
GRANT SELECT ON postern.role_permissions TO postern_reporting;
GRANT SELECT ON postern.role_permissions TO postern_runtime;

CREATE TABLE postern.roles (
  name text NOT NULL,
  description text NOT NULL,
  access_changed_by xid8,
  CONSTRAINT roles_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE postern.roles IS 'global: the built-in roles are the same for everyone; custom roles get a tenant table';
GRANT SELECT (name, access_changed_by), UPDATE (access_changed_by) ON postern.roles TO postern_access;
GRANT SELECT ON postern.roles TO postern_reporting;
GRANT SELECT ON postern.roles TO postern_runtime;

CREATE TABLE postern.schema_compatibility (
  only_row boolean NOT NULL DEFAULT true,
  must_know text NOT NULL,
  CONSTRAINT schema_compatibility_only_row_check CHECK (only_row),
  CONSTRAINT schema_compatibility_pkey PRIMARY KEY (only_row)
);
COMMENT ON TABLE postern.schema_compatibility IS 'global: the schema is one for all tenants';
GRANT SELECT ON postern.schema_compatibility TO postern_runtime;

CREATE TABLE postern.service_grants (
  tenant_id uuid NOT NULL,
  service_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT service_grants_pkey PRIMARY KEY (tenant_id, service_id),
  CONSTRAINT service_grants_service FOREIGN KEY (service_id) REFERENCES postern.services(id) ON DELETE CASCADE,
  CONSTRAINT service_grants_tenant FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id)
);
CREATE INDEX service_grants_by_service ON postern.service_grants USING btree (service_id);
ALTER TABLE postern.service_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.service_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY service_grants_floor ON postern.service_grants AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY service_grants_of_access ON postern.service_grants FOR SELECT TO postern_access
  USING (true);
CREATE POLICY service_grants_of_reporting ON postern.service_grants FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY service_grants_of_runtime ON postern.service_grants FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER service_grants_access BEFORE INSERT OR DELETE OR UPDATE ON postern.service_grants FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT (tenant_id, service_id) ON postern.service_grants TO postern_access;
GRANT SELECT ON postern.service_grants TO postern_reporting;
GRANT DELETE, INSERT, SELECT ON postern.service_grants TO postern_runtime;

CREATE TABLE postern.service_permissions (
  service_id uuid NOT NULL,
  permission text NOT NULL,
  CONSTRAINT service_permissions_in_tenant CHECK (permission !~ '^platform:'::text),
  CONSTRAINT service_permissions_permission FOREIGN KEY (permission) REFERENCES postern.permissions(name),
  CONSTRAINT service_permissions_pkey PRIMARY KEY (service_id, permission),
  CONSTRAINT service_permissions_service FOREIGN KEY (service_id) REFERENCES postern.services(id) ON DELETE CASCADE
);
COMMENT ON TABLE postern.service_permissions IS 'global: belongs to services';
CREATE TRIGGER service_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.service_permissions FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('services', 'service_id');
GRANT SELECT ON postern.service_permissions TO postern_runtime;

CREATE TABLE postern.services (
  id uuid NOT NULL,
  name text NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  disabled_at timestamp with time zone,
  access_changed_by xid8,
  CONSTRAINT services_identity_taken UNIQUE (issuer, subject),
  CONSTRAINT services_name_shape CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'::text),
  CONSTRAINT services_name_taken UNIQUE (name),
  CONSTRAINT services_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE postern.services IS 'global: a service works for many tenants; which ones, says service_grants';
CREATE TRIGGER services_access BEFORE DELETE OR UPDATE OF id, issuer, subject, disabled_at ON postern.services FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('services', 'id');
GRANT SELECT (id, access_changed_by), UPDATE (access_changed_by) ON postern.services TO postern_access;
GRANT SELECT ON postern.services TO postern_runtime;

CREATE TABLE postern.tenant_memberships (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  custom_role_id uuid,
  CONSTRAINT tenant_memberships_built_in_role CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'guest'::text])),
  CONSTRAINT tenant_memberships_custom_role FOREIGN KEY (tenant_id, tenant_id, custom_role_id) REFERENCES postern.custom_roles(tenant_id, scope_id, id),
  CONSTRAINT tenant_memberships_one_role CHECK (num_nonnulls(role, custom_role_id) = 1),
  CONSTRAINT tenant_memberships_pkey PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT tenant_memberships_role_fkey FOREIGN KEY (role) REFERENCES postern.roles(name),
  CONSTRAINT tenant_memberships_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT tenant_memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES postern.users(id)
);
CREATE INDEX tenant_memberships_by_user ON postern.tenant_memberships USING btree (user_id);
ALTER TABLE postern.tenant_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.tenant_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_memberships_floor ON postern.tenant_memberships AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY tenant_memberships_of_access ON postern.tenant_memberships FOR SELECT TO postern_access
  USING (true);
CREATE POLICY tenant_memberships_of_reporting ON postern.tenant_memberships FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY tenant_memberships_of_runtime ON postern.tenant_memberships FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER tenant_memberships_access BEFORE INSERT OR DELETE OR UPDATE ON postern.tenant_memberships FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT (tenant_id, user_id) ON postern.tenant_memberships TO postern_access;
GRANT SELECT ON postern.tenant_memberships TO postern_reporting;
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.tenant_memberships TO postern_runtime;

CREATE TABLE postern.tenants (
  id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  status text NOT NULL DEFAULT 'active'::text,
  plan text NOT NULL,
  access_version bigint NOT NULL DEFAULT 1,
  settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  purge_after timestamp with time zone,
  purged_at timestamp with time zone,
  access_changed_by xid8,
  CONSTRAINT tenants_access_version_check CHECK (access_version > 0),
  CONSTRAINT tenants_name_length CHECK (char_length(name) >= 1 AND char_length(name) <= 200),
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_plan_fkey FOREIGN KEY (plan) REFERENCES postern.plans(name),
  CONSTRAINT tenants_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL)),
  CONSTRAINT tenants_purged_when_due CHECK (purged_at IS NULL OR purge_after IS NOT NULL AND purged_at >= purge_after),
  CONSTRAINT tenants_settings_check CHECK (jsonb_typeof(settings) = 'object'::text),
  CONSTRAINT tenants_settings_size CHECK (octet_length(settings::text) <= 65536),
  CONSTRAINT tenants_slug_check CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$'::text AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text),
  CONSTRAINT tenants_slug_key UNIQUE (slug),
  CONSTRAINT tenants_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text, 'archived'::text]))
);
ALTER TABLE postern.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_bumped_by_access ON postern.tenants FOR UPDATE TO postern_access
  USING (true)
  WITH CHECK (true);
CREATE POLICY tenants_floor ON postern.tenants AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY tenants_of_access ON postern.tenants FOR SELECT TO postern_access
  USING (true);
CREATE POLICY tenants_of_reporting ON postern.tenants FOR SELECT TO postern_reporting
  USING (id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY tenants_of_resolver ON postern.tenants FOR SELECT TO postern_resolver
  USING (deleted_at IS NULL);
CREATE POLICY tenants_of_runtime ON postern.tenants FOR ALL TO postern_runtime
  USING (id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY tenants_purged ON postern.tenants AS RESTRICTIVE FOR UPDATE TO postern_runtime
  USING (purged_at IS NULL)
  WITH CHECK (true);
CREATE TRIGGER tenants_access BEFORE DELETE OR UPDATE OF id, slug, status, plan, deleted_at ON postern.tenants FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'id');
GRANT SELECT (id, slug, plan, access_version, purged_at, access_changed_by), UPDATE (access_version, access_changed_by) ON postern.tenants TO postern_access;
GRANT SELECT ON postern.tenants TO postern_reporting;
GRANT SELECT (id, slug, deleted_at) ON postern.tenants TO postern_resolver;
GRANT INSERT (id, slug, name, status, plan, settings), UPDATE (slug, name, status, plan, settings, deleted_at, purge_after, purged_at) ON postern.tenants TO postern_runtime;
GRANT SELECT ON postern.tenants TO postern_runtime;

CREATE TABLE postern.users (
  id uuid NOT NULL,
  display_name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  access_changed_by xid8,
  CONSTRAINT users_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE postern.users IS 'global: one person may belong to many tenants, and exists before the first';
CREATE TRIGGER users_access BEFORE DELETE OR UPDATE OF id, deleted_at ON postern.users FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'id');
GRANT SELECT (id, access_changed_by), UPDATE (access_changed_by) ON postern.users TO postern_access;
GRANT INSERT (id, display_name), UPDATE (display_name, deleted_at) ON postern.users TO postern_runtime;
GRANT SELECT ON postern.users TO postern_runtime;

CREATE TABLE postern.workspace_memberships (
  tenant_id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  custom_role_id uuid,
  custom_role_scope uuid,
  CONSTRAINT workspace_memberships_built_in_role CHECK (role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'guest'::text])),
  CONSTRAINT workspace_memberships_custom_role FOREIGN KEY (tenant_id, custom_role_scope, custom_role_id) REFERENCES postern.custom_roles(tenant_id, scope_id, id),
  CONSTRAINT workspace_memberships_one_role CHECK (num_nonnulls(role, custom_role_id) = 1),
  CONSTRAINT workspace_memberships_pkey PRIMARY KEY (tenant_id, workspace_id, user_id),
  CONSTRAINT workspace_memberships_role_fkey FOREIGN KEY (role) REFERENCES postern.roles(name),
  CONSTRAINT workspace_memberships_role_in_reach CHECK ((custom_role_id IS NULL) = (custom_role_scope IS NULL) AND (custom_role_scope IS NULL OR custom_role_scope = tenant_id OR custom_role_scope = workspace_id)),
  CONSTRAINT workspace_memberships_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES postern.tenant_memberships(tenant_id, user_id) ON DELETE CASCADE,
  CONSTRAINT workspace_memberships_workspace FOREIGN KEY (tenant_id, workspace_id) REFERENCES postern.workspaces(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX workspace_memberships_by_user ON postern.workspace_memberships USING btree (tenant_id, user_id);
ALTER TABLE postern.workspace_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.workspace_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_memberships_floor ON postern.workspace_memberships AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY workspace_memberships_of_reporting ON postern.workspace_memberships FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY workspace_memberships_of_runtime ON postern.workspace_memberships FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE TRIGGER workspace_memberships_access BEFORE INSERT OR DELETE OR UPDATE ON postern.workspace_memberships FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT ON postern.workspace_memberships TO postern_reporting;
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.workspace_memberships TO postern_runtime;

CREATE TABLE postern.workspaces (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  settings jsonb NOT NULL DEFAULT '{}'::jsonb,
  purge_after timestamp with time zone,
  CONSTRAINT workspaces_name_length CHECK (char_length(name) >= 1 AND char_length(name) <= 200),
  CONSTRAINT workspaces_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT workspaces_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL)),
  CONSTRAINT workspaces_settings_object CHECK (jsonb_typeof(settings) = 'object'::text),
  CONSTRAINT workspaces_settings_size CHECK (octet_length(settings::text) <= 65536),
  CONSTRAINT workspaces_slug_check CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$'::text AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text),
  CONSTRAINT workspaces_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES postern.tenants(id),
  CONSTRAINT workspaces_tenant_id_slug_key UNIQUE (tenant_id, slug)
);
ALTER TABLE postern.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE postern.workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY workspaces_floor ON postern.workspaces AS RESTRICTIVE FOR ALL TO postern_owner, postern_reporting, postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY workspaces_of_reporting ON postern.workspaces FOR SELECT TO postern_reporting
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY workspaces_of_runtime ON postern.workspaces FOR ALL TO postern_runtime
  USING (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)))
  WITH CHECK (tenant_id = (( SELECT postern.current_tenant() AS current_tenant)));
CREATE POLICY workspaces_purge ON postern.workspaces AS RESTRICTIVE FOR DELETE TO postern_runtime
  USING (purge_after <= now() OR (EXISTS ( SELECT
   FROM postern.tenants t
  WHERE t.id = workspaces.tenant_id AND t.purge_after <= now())));
CREATE TRIGGER workspaces_access BEFORE INSERT OR DELETE OR UPDATE OF tenant_id, id, slug, deleted_at ON postern.workspaces FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
GRANT SELECT ON postern.workspaces TO postern_reporting;
GRANT DELETE, INSERT, SELECT, UPDATE ON postern.workspaces TO postern_runtime;

-- Sequences -----------------------------------------------------------------------------------------------------------

CREATE SEQUENCE postern.migrations_id_seq;

-- Functions -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION postern.access_versions(wanted uuid[]) RETURNS TABLE(tenant_id uuid, access_version bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.access_versions(wanted uuid[]) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.access_versions(wanted uuid[]) TO postern_runtime;

CREATE FUNCTION postern.bump_access(tenants uuid[], kind text, subject text) RETURNS TABLE(tenant_id uuid, access_version bigint)
  LANGUAGE sql VOLATILE SECURITY INVOKER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.bump_access(tenants uuid[], kind text, subject text) OWNER TO postern_access;

CREATE FUNCTION postern.change_access(kind text, subject text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.change_access(kind text, subject text) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access(kind text, subject text) TO postern_owner;
GRANT EXECUTE ON FUNCTION postern.change_access(kind text, subject text) TO postern_runtime;

CREATE FUNCTION postern.change_access_of_plan(kind text, changed text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.change_access_of_plan(kind text, changed text) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access_of_plan(kind text, changed text) TO postern_owner;

CREATE FUNCTION postern.change_access_of_role(kind text, changed text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.change_access_of_role(kind text, changed text) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access_of_role(kind text, changed text) TO postern_owner;

CREATE FUNCTION postern.change_access_of_service(kind text, changed uuid) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.change_access_of_service(kind text, changed uuid) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access_of_service(kind text, changed uuid) TO postern_owner;

CREATE FUNCTION postern.change_access_of_user(kind text, changed uuid) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.change_access_of_user(kind text, changed uuid) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access_of_user(kind text, changed uuid) TO postern_owner;
GRANT EXECUTE ON FUNCTION postern.change_access_of_user(kind text, changed uuid) TO postern_runtime;

CREATE FUNCTION postern.current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY INVOKER;
ALTER FUNCTION postern.current_tenant() OWNER TO postern_owner;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_access;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_reporting;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_resolver;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_runtime;

CREATE FUNCTION postern.isolate_table(name text) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.isolate_table(name text) OWNER TO postern_owner;

CREATE FUNCTION postern.require_access_change() RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.require_access_change() OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.require_access_change() TO postern_owner;

CREATE FUNCTION postern.take_access_events(most integer) RETURNS TABLE(payload jsonb, created_at timestamp with time zone)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.take_access_events(most integer) OWNER TO postern_access;
GRANT EXECUTE ON FUNCTION postern.take_access_events(most integer) TO postern_runtime;

CREATE FUNCTION postern.tenant_id_of(wanted text) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path=pg_catalog, pg_temp;
ALTER FUNCTION postern.tenant_id_of(wanted text) OWNER TO postern_resolver;
GRANT EXECUTE ON FUNCTION postern.tenant_id_of(wanted text) TO postern_runtime;
