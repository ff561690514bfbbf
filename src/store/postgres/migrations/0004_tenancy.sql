-- Workspaces hold projects; what is deleted can be restored until it is purged; and whoever forgets the tenant is told.

-- In the order in which writers come by: a place in the tenant, then in its workspaces, then what keys name. Otherwise one
-- of both would be a deadlock's.
LOCK TABLE postern.tenant_memberships, postern.workspace_memberships, postern.workspaces, postern.tenants
  IN ACCESS EXCLUSIVE MODE;

-- A statement without a tenant fails instead of finding nothing: the setting is unknown before the first transaction
-- that had one (42704) and '' after it (22P02).
CREATE OR REPLACE FUNCTION postern.current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN current_setting('app.tenant_id')::uuid;

-- What makes a table a tenant's: row level security, forced; a policy for each role that is given rights on it; and a
-- restrictive floor, so that a permissive policy that someone adds later opens the table to nobody across tenants. The
-- floor names every role but the owners of the definer functions (postern_resolver, postern_access), each of which has
-- a policy of its own and is given single columns.
CREATE FUNCTION postern.isolate_table(name text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own CONSTANT text := 'tenant_id = (SELECT postern.current_tenant())';
BEGIN
  EXECUTE format('ALTER TABLE postern.%I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE postern.%I FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY %I ON postern.%I FOR ALL TO postern_runtime USING (%s) WITH CHECK (%s)',
    name || '_of_runtime', name, own, own);
  EXECUTE format('CREATE POLICY %I ON postern.%I FOR SELECT TO postern_reporting USING (%s)',
    name || '_of_reporting', name, own);
  EXECUTE format('CREATE POLICY %I ON postern.%I AS RESTRICTIVE FOR ALL TO postern_runtime, postern_reporting, postern_owner
    USING (%s) WITH CHECK (%s)', name || '_floor', name, own, own);
END
$$;
REVOKE EXECUTE ON FUNCTION postern.isolate_table(text) FROM PUBLIC;

-- The same names and rules for the tables that were there before the function.
ALTER POLICY tenants_floor ON postern.tenants TO postern_runtime, postern_reporting, postern_owner;
ALTER POLICY workspaces_floor ON postern.workspaces TO postern_runtime, postern_reporting, postern_owner;
ALTER POLICY tenant_memberships_floor ON postern.tenant_memberships TO postern_runtime, postern_reporting, postern_owner;
ALTER POLICY workspace_memberships_floor ON postern.workspace_memberships
  TO postern_runtime, postern_reporting, postern_owner;

CREATE POLICY tenants_of_reporting ON postern.tenants FOR SELECT TO postern_reporting
  USING (id = (SELECT postern.current_tenant()));
CREATE POLICY workspaces_of_reporting ON postern.workspaces FOR SELECT TO postern_reporting
  USING (tenant_id = (SELECT postern.current_tenant()));
CREATE POLICY tenant_memberships_of_reporting ON postern.tenant_memberships FOR SELECT TO postern_reporting
  USING (tenant_id = (SELECT postern.current_tenant()));
CREATE POLICY workspace_memberships_of_reporting ON postern.workspace_memberships FOR SELECT TO postern_reporting
  USING (tenant_id = (SELECT postern.current_tenant()));

-- Reports are about one tenant at a time, like everything else, and never about who a person is.
GRANT USAGE ON SCHEMA postern TO postern_reporting;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_reporting;
GRANT SELECT ON postern.tenants, postern.workspaces, postern.tenant_memberships, postern.workspace_memberships,
  postern.permissions, postern.roles, postern.role_permissions, postern.plans, postern.plan_limits TO postern_reporting;

-- Deleting, restoring, purging ----------------------------------------------------------------------------------------
-- deleted_at hides a row; until purge_after it can be restored; from then on its contents may be removed for good. Of a
-- tenant a tombstone stays (purged_at), because its slug must never come to mean somebody else.

ALTER TABLE postern.tenants
  ADD COLUMN purge_after timestamptz,
  ADD COLUMN purged_at timestamptz,
  ADD CONSTRAINT tenants_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL)) NOT VALID,
  ADD CONSTRAINT tenants_purged_when_due
    CHECK (purged_at IS NULL OR (purge_after IS NOT NULL AND purged_at >= purge_after)) NOT VALID,
  ADD CONSTRAINT tenants_name_length CHECK (char_length(name) BETWEEN 1 AND 200) NOT VALID,
  ADD CONSTRAINT tenants_settings_size CHECK (octet_length(settings::text) <= 65536) NOT VALID;

-- A tombstone is neither restored nor renamed.
CREATE POLICY tenants_purged ON postern.tenants AS RESTRICTIVE FOR UPDATE TO postern_runtime
  USING (purged_at IS NULL) WITH CHECK (true);

ALTER TABLE postern.workspaces
  ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN purge_after timestamptz,
  ADD CONSTRAINT workspaces_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL)) NOT VALID,
  ADD CONSTRAINT workspaces_name_length CHECK (char_length(name) BETWEEN 1 AND 200) NOT VALID,
  ADD CONSTRAINT workspaces_settings_object CHECK (jsonb_typeof(settings) = 'object') NOT VALID,
  ADD CONSTRAINT workspaces_settings_size CHECK (octet_length(settings::text) <= 65536) NOT VALID;

-- A workspace takes along what is in it. The new key is there before the old one goes, so there is no gap.
ALTER TABLE postern.workspace_memberships
  ADD CONSTRAINT workspace_memberships_workspace FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES postern.workspaces (tenant_id, id) ON DELETE CASCADE NOT VALID,
  DROP CONSTRAINT workspace_memberships_tenant_id_workspace_id_fkey;

CREATE POLICY workspaces_purge ON postern.workspaces AS RESTRICTIVE FOR DELETE TO postern_runtime
  USING (purge_after <= now()
    OR EXISTS (SELECT FROM postern.tenants t WHERE t.id = workspaces.tenant_id AND t.purge_after <= now()));
GRANT DELETE ON postern.workspaces TO postern_runtime;

CREATE TABLE postern.projects (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  slug text NOT NULL CONSTRAINT projects_slug_shape
    CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$' AND slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  name text NOT NULL CONSTRAINT projects_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  settings jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT projects_settings_object CHECK (jsonb_typeof(settings) = 'object')
    CONSTRAINT projects_settings_size CHECK (octet_length(settings::text) <= 65536),
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  purge_after timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT projects_slug_taken UNIQUE (tenant_id, workspace_id, slug),
  CONSTRAINT projects_workspace FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES postern.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT projects_purge_after_deletion CHECK ((deleted_at IS NULL) = (purge_after IS NULL))
);
SELECT postern.isolate_table('projects');
CREATE POLICY projects_purge ON postern.projects AS RESTRICTIVE FOR DELETE TO postern_runtime
  USING (purge_after <= now());
GRANT SELECT, INSERT, UPDATE, DELETE ON postern.projects TO postern_runtime;
GRANT SELECT ON postern.projects TO postern_reporting;
