-- Who stands outside every tenant: operators of the platform, and services. Neither reaches into a tenant by itself; a
-- row of that tenant must let them in.

INSERT INTO postern.permissions (name, description) VALUES
  ('platform:tenants', 'Create, suspend, restore and remove tenants'),
  ('platform:plans', 'Change plans and what a tenant got instead'),
  ('platform:break-glass', 'Enter a tenant for a limited time, with a reason');
INSERT INTO postern.roles (name, description) VALUES
  ('platform-operator', 'Runs the platform; no place in any tenant');
INSERT INTO postern.role_permissions (role, permission) VALUES
  ('platform-operator', 'platform:tenants'),
  ('platform-operator', 'platform:plans'),
  ('platform-operator', 'platform:break-glass');
ALTER TABLE postern.role_permissions
  ADD CONSTRAINT role_permissions_level CHECK ((role = 'platform-operator') = (permission ~ '^platform:')) NOT VALID;

CREATE TABLE postern.operators (
  user_id uuid PRIMARY KEY CONSTRAINT operators_user REFERENCES postern.users (id),
  role text NOT NULL DEFAULT 'platform-operator' CONSTRAINT operators_role REFERENCES postern.roles (name)
    CONSTRAINT operators_role_level CHECK (role = 'platform-operator'),
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
COMMENT ON TABLE postern.operators IS 'global: operators belong to the platform, not to a tenant';
-- Written by the owner only: no request can make an operator.
GRANT SELECT ON postern.operators TO postern_runtime;

CREATE TABLE postern.services (
  id uuid PRIMARY KEY,
  name text NOT NULL CONSTRAINT services_name_taken UNIQUE
    CONSTRAINT services_name_shape CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  issuer text NOT NULL,
  subject text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  CONSTRAINT services_identity_taken UNIQUE (issuer, subject)
);
COMMENT ON TABLE postern.services IS 'global: a service works for many tenants; which ones, says service_grants';

CREATE TABLE postern.service_permissions (
  service_id uuid NOT NULL CONSTRAINT service_permissions_service REFERENCES postern.services (id) ON DELETE CASCADE,
  permission text NOT NULL CONSTRAINT service_permissions_permission REFERENCES postern.permissions (name)
    CONSTRAINT service_permissions_in_tenant CHECK (permission !~ '^platform:'),
  PRIMARY KEY (service_id, permission)
);
COMMENT ON TABLE postern.service_permissions IS 'global: belongs to services';
GRANT SELECT ON postern.services, postern.service_permissions TO postern_runtime;

CREATE TABLE postern.service_grants (
  tenant_id uuid NOT NULL CONSTRAINT service_grants_tenant REFERENCES postern.tenants (id),
  service_id uuid NOT NULL CONSTRAINT service_grants_service REFERENCES postern.services (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, service_id)
);
CREATE INDEX service_grants_by_service ON postern.service_grants (service_id);
SELECT postern.isolate_table('service_grants');
GRANT SELECT, INSERT, DELETE ON postern.service_grants TO postern_runtime;
GRANT SELECT ON postern.service_grants TO postern_reporting;

-- An operator's way into a tenant: with a reason, for four hours at most, and never extended or rewritten: the runtime
-- role may add a row and close it early, once, no more.
CREATE TABLE postern.break_glass_grants (
  tenant_id uuid NOT NULL CONSTRAINT break_glass_grants_tenant REFERENCES postern.tenants (id),
  id uuid NOT NULL,
  operator_id uuid NOT NULL CONSTRAINT break_glass_grants_operator REFERENCES postern.operators (user_id),
  role text NOT NULL CONSTRAINT break_glass_grants_role REFERENCES postern.roles (name)
    CONSTRAINT break_glass_grants_built_in_role CHECK (role IN ('owner', 'admin', 'member', 'guest')),
  reason text NOT NULL CONSTRAINT break_glass_grants_reason_length CHECK (char_length(reason) BETWEEN 10 AND 1000),
  opened_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT break_glass_grants_time_boxed
    CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '4 hours')
);
CREATE INDEX break_glass_grants_by_operator ON postern.break_glass_grants (operator_id, tenant_id);
SELECT postern.isolate_table('break_glass_grants');
CREATE POLICY break_glass_grants_closed ON postern.break_glass_grants AS RESTRICTIVE FOR UPDATE TO postern_runtime
  USING (closed_at IS NULL) WITH CHECK (true);
GRANT SELECT, INSERT (tenant_id, id, operator_id, role, reason, expires_at), UPDATE (closed_at)
  ON postern.break_glass_grants TO postern_runtime;
GRANT SELECT ON postern.break_glass_grants TO postern_reporting;
