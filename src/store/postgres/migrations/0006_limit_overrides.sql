-- What one tenant got instead of what its plan says, for a while or for good. From ends_at on the plan holds again.

CREATE TABLE postern.plan_limit_overrides (
  tenant_id uuid NOT NULL CONSTRAINT plan_limit_overrides_tenant REFERENCES postern.tenants (id),
  name text NOT NULL CONSTRAINT plan_limit_overrides_name_shape CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
  window_ms bigint NOT NULL CONSTRAINT plan_limit_overrides_window CHECK (window_ms > 0),
  max bigint NOT NULL CONSTRAINT plan_limit_overrides_max CHECK (max >= 0),
  reason text NOT NULL CONSTRAINT plan_limit_overrides_reason_length CHECK (char_length(reason) BETWEEN 1 AND 1000),
  created_at timestamptz NOT NULL DEFAULT now(),
  ends_at timestamptz CONSTRAINT plan_limit_overrides_ends_later CHECK (ends_at > created_at),
  PRIMARY KEY (tenant_id, name)
);
SELECT postern.isolate_table('plan_limit_overrides');
GRANT SELECT, INSERT, UPDATE, DELETE ON postern.plan_limit_overrides TO postern_runtime;
GRANT SELECT ON postern.plan_limit_overrides TO postern_reporting;
