-- One way to change access. Whoever changes what an access document says announces it first, in the same transaction:
-- that raises the tenant's access version and writes the event that makes sidecars forget. Nobody can raise the version
-- otherwise, and nobody can change access unannounced: columns and events are given to postern_access alone, and a
-- trigger guards every table that access documents are made of.

-- In the order in which writers come by: a place in the tenant, then in its workspaces (a deletion cascades that way, too),
-- then what keys name.
LOCK TABLE postern.tenant_memberships, postern.workspace_memberships, postern.workspaces, postern.tenants
  IN ACCESS EXCLUSIVE MODE;

CREATE TABLE postern.outbox (
  tenant_id uuid NOT NULL CONSTRAINT outbox_tenant REFERENCES postern.tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Debezium's outbox columns, by the names its event router expects.
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  type text NOT NULL CONSTRAINT outbox_type_shape CHECK (type ~ '^[a-z-]+(\.[a-z-]+)+$'),
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_by_age ON postern.outbox (created_at);
SELECT postern.isolate_table('outbox');
GRANT SELECT ON postern.outbox TO postern_reporting;

-- The transaction that last changed what hangs on the row; null for one that never did.
ALTER TABLE postern.tenants ADD COLUMN access_changed_by xid8;
ALTER TABLE postern.users ADD COLUMN access_changed_by xid8;
ALTER TABLE postern.services ADD COLUMN access_changed_by xid8;
ALTER TABLE postern.roles ADD COLUMN access_changed_by xid8;
ALTER TABLE postern.plans ADD COLUMN access_changed_by xid8;

-- The versions are out of reach of everyone else's UPDATE.
REVOKE INSERT, UPDATE ON postern.tenants, postern.users FROM postern_runtime;
GRANT INSERT (id, slug, name, status, plan, settings),
  UPDATE (slug, name, status, plan, settings, deleted_at, purge_after, purged_at) ON postern.tenants TO postern_runtime;
GRANT INSERT (id, display_name), UPDATE (display_name, deleted_at) ON postern.users TO postern_runtime;
GRANT DELETE ON postern.identities TO postern_runtime;

GRANT USAGE ON SCHEMA postern TO postern_access;
GRANT EXECUTE ON FUNCTION postern.current_tenant() TO postern_access;
GRANT SELECT (id, slug, plan, purged_at, access_version, access_changed_by), UPDATE (access_version, access_changed_by)
  ON postern.tenants TO postern_access;
GRANT SELECT (id, access_changed_by), UPDATE (access_changed_by) ON postern.users, postern.services TO postern_access;
GRANT SELECT (name, access_changed_by), UPDATE (access_changed_by) ON postern.roles, postern.plans TO postern_access;
-- A row is locked before its tenants are looked for, and locking asks for UPDATE.
GRANT SELECT (user_id), UPDATE (created_at) ON postern.operators TO postern_access;
GRANT SELECT (tenant_id, user_id) ON postern.tenant_memberships TO postern_access;
GRANT SELECT (tenant_id, operator_id) ON postern.break_glass_grants TO postern_access;
GRANT SELECT (tenant_id, service_id) ON postern.service_grants TO postern_access;
GRANT INSERT ON postern.outbox TO postern_access;
CREATE POLICY tenants_of_access ON postern.tenants FOR SELECT TO postern_access USING (true);
CREATE POLICY tenants_bumped_by_access ON postern.tenants FOR UPDATE TO postern_access USING (true) WITH CHECK (true);
CREATE POLICY tenant_memberships_of_access ON postern.tenant_memberships FOR SELECT TO postern_access USING (true);
CREATE POLICY break_glass_grants_of_access ON postern.break_glass_grants FOR SELECT TO postern_access USING (true);
CREATE POLICY service_grants_of_access ON postern.service_grants FOR SELECT TO postern_access USING (true);
CREATE POLICY outbox_of_access ON postern.outbox FOR INSERT TO postern_access WITH CHECK (true);

-- The function. Rows are locked in the order of their ids, so that two changes of many tenants cannot block each other;
-- the lock also keeps the versions of one tenant in the order of their commits.
CREATE FUNCTION postern.bump_access(tenants uuid[], kind text, subject text)
  RETURNS TABLE (tenant_id uuid, access_version bigint)
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH locked AS (
    SELECT t.id FROM postern.tenants t WHERE t.id = ANY (tenants) ORDER BY t.id FOR NO KEY UPDATE
  ), bumped AS (
    UPDATE postern.tenants t
       SET access_version = t.access_version + 1, access_changed_by = pg_current_xact_id()
      FROM locked WHERE t.id = locked.id
    RETURNING t.id, t.slug, t.access_version
  ), told AS (
    INSERT INTO postern.outbox (tenant_id, aggregatetype, aggregateid, type, payload)
    SELECT b.id, 'access', b.id::text, kind,
           jsonb_build_object('tenantId', b.id, 'slug', b.slug, 'accessVersion', b.access_version,
                              'kind', kind, 'subject', subject)
      FROM bumped b
  )
  SELECT b.id, b.access_version FROM bumped b;
END;

-- A change inside the tenant of the transaction; answers its new access version, null where there is no such tenant.
CREATE FUNCTION postern.change_access(kind text, subject text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  RETURN (SELECT b.access_version FROM postern.bump_access(ARRAY[postern.current_tenant()], kind, subject) b);

-- What tenants share is locked FOR UPDATE before its tenants are looked for: a place in one more tenant, given meanwhile,
-- is a reference to that row. So it is committed and found, or waits and then stands beside the change.

-- A change of a user: reaches every tenant that the user has a place in, and does not say how many these are, because
-- it is called from inside one of them.
CREATE FUNCTION postern.change_access_of_user(kind text, changed uuid) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT FROM postern.users WHERE id = changed FOR UPDATE;
  SELECT FROM postern.operators WHERE user_id = changed FOR UPDATE;
  UPDATE postern.users SET access_changed_by = pg_current_xact_id() WHERE id = changed;
  SELECT count(*) FROM postern.bump_access(ARRAY(
    SELECT m.tenant_id FROM postern.tenant_memberships m WHERE m.user_id = changed
    UNION SELECT g.tenant_id FROM postern.break_glass_grants g WHERE g.operator_id = changed), kind, changed::text);
END;

CREATE FUNCTION postern.change_access_of_service(kind text, changed uuid) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT FROM postern.services WHERE id = changed FOR UPDATE;
  UPDATE postern.services SET access_changed_by = pg_current_xact_id() WHERE id = changed;
  SELECT count(*) FROM postern.bump_access(ARRAY(
    SELECT g.tenant_id FROM postern.service_grants g WHERE g.service_id = changed), kind, changed::text);
END;

CREATE FUNCTION postern.change_access_of_plan(kind text, changed text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT FROM postern.plans WHERE name = changed FOR UPDATE;
  UPDATE postern.plans SET access_changed_by = pg_current_xact_id() WHERE name = changed;
  SELECT count(*) FROM postern.bump_access(ARRAY(
    SELECT t.id FROM postern.tenants t WHERE t.plan = changed AND t.purged_at IS NULL), kind, changed);
END;

-- A built-in role is everyone's: this reaches all tenants, and is for the owner, when the catalogue changes.
CREATE FUNCTION postern.change_access_of_role(kind text, changed text) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  UPDATE postern.roles SET access_changed_by = pg_current_xact_id() WHERE name = changed;
  SELECT count(*) FROM postern.bump_access(ARRAY(
    SELECT t.id FROM postern.tenants t WHERE t.purged_at IS NULL), kind, changed);
END;

-- Refuses a row of what an access document says unless this very transaction has announced the change: for the row of
-- table TG_ARGV[0] whose key stands in column TG_ARGV[1]. A row that changes hands changes what both have, so both have
-- to be announced. A definer, because a cascade runs as the tables' owner.
CREATE FUNCTION postern.require_access_change() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before CONSTANT text := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ->> TG_ARGV[1] END;
  after CONSTANT text := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ->> TG_ARGV[1] END;
  key text;
  announced xid8;
BEGIN
  FOREACH key IN ARRAY array_remove(ARRAY[before, nullif(after, before)], NULL) LOOP
    announced := NULL;
    CASE TG_ARGV[0]
      WHEN 'tenants' THEN SELECT access_changed_by INTO announced FROM postern.tenants WHERE id = key::uuid;
      WHEN 'users' THEN SELECT access_changed_by INTO announced FROM postern.users WHERE id = key::uuid;
      WHEN 'services' THEN SELECT access_changed_by INTO announced FROM postern.services WHERE id = key::uuid;
      WHEN 'roles' THEN SELECT access_changed_by INTO announced FROM postern.roles WHERE name = key;
      WHEN 'plans' THEN SELECT access_changed_by INTO announced FROM postern.plans WHERE name = key;
    END CASE;
    IF announced IS DISTINCT FROM pg_current_xact_id() THEN
      RAISE EXCEPTION '% of %.% was not announced', lower(TG_OP), TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'P0A01', HINT = 'Call postern.change_access or one of its kind first, in the same transaction.';
    END IF;
  END LOOP;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

REVOKE EXECUTE ON FUNCTION postern.bump_access(uuid[], text, text), postern.change_access(text, text),
  postern.change_access_of_user(text, uuid), postern.change_access_of_service(text, uuid),
  postern.change_access_of_plan(text, text), postern.change_access_of_role(text, text),
  postern.require_access_change() FROM PUBLIC;
GRANT CREATE ON SCHEMA postern TO postern_access;
ALTER FUNCTION postern.bump_access(uuid[], text, text) OWNER TO postern_access;
ALTER FUNCTION postern.change_access(text, text) OWNER TO postern_access;
ALTER FUNCTION postern.change_access_of_user(text, uuid) OWNER TO postern_access;
ALTER FUNCTION postern.change_access_of_service(text, uuid) OWNER TO postern_access;
ALTER FUNCTION postern.change_access_of_plan(text, text) OWNER TO postern_access;
ALTER FUNCTION postern.change_access_of_role(text, text) OWNER TO postern_access;
ALTER FUNCTION postern.require_access_change() OWNER TO postern_access;
REVOKE CREATE ON SCHEMA postern FROM postern_access;
-- Granted by the new owner: what the old one had granted to itself has moved with the function.
SET LOCAL ROLE postern_access;
GRANT EXECUTE ON FUNCTION postern.change_access(text, text), postern.change_access_of_user(text, uuid)
  TO postern_runtime, postern_owner;
GRANT EXECUTE ON FUNCTION postern.change_access_of_service(text, uuid), postern.change_access_of_plan(text, text),
  postern.change_access_of_role(text, text), postern.require_access_change() TO postern_owner;
SET LOCAL ROLE postern_owner;

-- A tenant that was just made has no document yet; the first row that would give it one needs the announcement.
CREATE TRIGGER tenants_access BEFORE DELETE OR UPDATE OF id, slug, status, plan, deleted_at ON postern.tenants
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'id');
CREATE TRIGGER workspaces_access BEFORE INSERT OR DELETE OR UPDATE OF tenant_id, id, slug, deleted_at ON postern.workspaces
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER tenant_memberships_access BEFORE INSERT OR DELETE OR UPDATE ON postern.tenant_memberships
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER workspace_memberships_access BEFORE INSERT OR DELETE OR UPDATE ON postern.workspace_memberships
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER custom_roles_access BEFORE DELETE OR UPDATE OF tenant_id, id, workspace_id, name ON postern.custom_roles
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER custom_role_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.custom_role_permissions
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER plan_limit_overrides_access BEFORE INSERT OR DELETE OR UPDATE ON postern.plan_limit_overrides
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER service_grants_access BEFORE INSERT OR DELETE OR UPDATE ON postern.service_grants
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER break_glass_grants_access BEFORE INSERT OR DELETE OR UPDATE ON postern.break_glass_grants
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('tenants', 'tenant_id');
CREATE TRIGGER users_access BEFORE DELETE OR UPDATE OF id, deleted_at ON postern.users
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'id');
CREATE TRIGGER identities_access BEFORE INSERT OR DELETE OR UPDATE ON postern.identities
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'user_id');
CREATE TRIGGER operators_access BEFORE DELETE OR UPDATE ON postern.operators
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('users', 'user_id');
CREATE TRIGGER services_access BEFORE DELETE OR UPDATE OF id, issuer, subject, disabled_at ON postern.services
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('services', 'id');
CREATE TRIGGER service_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.service_permissions
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('services', 'service_id');
CREATE TRIGGER role_permissions_access BEFORE INSERT OR DELETE OR UPDATE ON postern.role_permissions
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('roles', 'role');
CREATE TRIGGER plan_limits_access BEFORE INSERT OR DELETE OR UPDATE ON postern.plan_limits
  FOR EACH ROW EXECUTE FUNCTION postern.require_access_change('plans', 'plan');

-- A binary from before this file changes access unannounced, which is refused from here on.
UPDATE postern.schema_compatibility SET must_know = '0008_access_changes';
