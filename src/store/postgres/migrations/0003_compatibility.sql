-- Which migration every binary must know to work with this schema. A later migration that breaks what runs already
-- updates the row in its own transaction; docs/migrations.md says when. Whoever does not know that migration refuses:
-- `postern migrate` to touch the schema, a control plane to answer.

CREATE TABLE postern.schema_compatibility (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  must_know text NOT NULL
);
COMMENT ON TABLE postern.schema_compatibility IS 'global: the schema is one for all tenants';
COMMENT ON TABLE postern.migrations IS 'global: the schema is one for all tenants; migrate.ts makes and fills this table';

INSERT INTO postern.schema_compatibility (must_know) VALUES ('0003_compatibility');

-- A control plane looks whether the schema is one that it knows.
GRANT SELECT ON postern.schema_compatibility, postern.migrations TO postern_runtime;
