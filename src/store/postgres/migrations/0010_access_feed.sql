-- What control planes tell sidecars: the events of 0008, and which tokens are void before they expire.

-- A change of access locks its tenant, then writes the outbox.
LOCK TABLE postern.tenants IN SHARE ROW EXCLUSIVE MODE;

-- Relays take events out of the outbox, past the tenants they belong to.
DROP POLICY outbox_of_access ON postern.outbox;
CREATE POLICY outbox_of_access ON postern.outbox FOR ALL TO postern_access USING (true) WITH CHECK (true);
-- A row is locked before it is taken, and locking asks for UPDATE.
GRANT SELECT, UPDATE (created_at), DELETE ON postern.outbox TO postern_access;

-- The oldest events: gone when the transaction commits, back when it does not. What another relay has in its hands is
-- passed over, so that several share the work. Materialized: a plan that looked for the oldest again for each row of the
-- table would take more than so many.
CREATE FUNCTION postern.take_access_events(most integer) RETURNS TABLE (payload jsonb, created_at timestamptz)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH taken AS MATERIALIZED (
    SELECT tenant_id, id FROM postern.outbox
     WHERE aggregatetype = 'access' ORDER BY outbox.created_at LIMIT most FOR UPDATE SKIP LOCKED
  )
  DELETE FROM postern.outbox o USING taken WHERE o.tenant_id = taken.tenant_id AND o.id = taken.id
  RETURNING o.payload, o.created_at;
END;

-- The versions of tenants by their ids, for a sidecar that may have missed events; a tenant that is unknown has no row.
CREATE FUNCTION postern.access_versions(wanted uuid[]) RETURNS TABLE (tenant_id uuid, access_version bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT t.id, t.access_version FROM postern.tenants t WHERE t.id = ANY (wanted);
END;

REVOKE EXECUTE ON FUNCTION postern.take_access_events(integer), postern.access_versions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION postern.take_access_events(integer), postern.access_versions(uuid[]) TO postern_runtime;
GRANT CREATE ON SCHEMA postern TO postern_access;
ALTER FUNCTION postern.take_access_events(integer) OWNER TO postern_access;
ALTER FUNCTION postern.access_versions(uuid[]) OWNER TO postern_access;
REVOKE CREATE ON SCHEMA postern FROM postern_access;

-- Tokens that are void although they have not expired: those issued before not_before, of a session, of a principal
-- everywhere or in one tenant, of everyone in a tenant; and all that a withdrawn key signed.
CREATE TABLE postern.revocations (
  id uuid PRIMARY KEY,
  kind text NOT NULL CONSTRAINT revocations_kind CHECK (kind IN ('session', 'principal', 'tenant', 'key')),
  issuer text,
  subject text,
  session_id text,
  key_id text,
  tenant_id uuid CONSTRAINT revocations_tenant REFERENCES postern.tenants (id),
  not_before timestamptz NOT NULL DEFAULT now(),
  -- By then every token that it speaks of has expired.
  expires_at timestamptz NOT NULL,
  reason text NOT NULL CONSTRAINT revocations_reason_length CHECK (char_length(reason) BETWEEN 1 AND 1000),
  published_at timestamptz,
  CONSTRAINT revocations_shape CHECK (CASE kind
    WHEN 'session' THEN num_nonnulls(issuer, session_id) = 2 AND num_nonnulls(subject, key_id, tenant_id) = 0
    WHEN 'principal' THEN num_nonnulls(issuer, subject) = 2 AND num_nonnulls(session_id, key_id) = 0
    WHEN 'tenant' THEN tenant_id IS NOT NULL AND num_nonnulls(issuer, subject, session_id, key_id) = 0
    ELSE num_nonnulls(issuer, key_id) = 2 AND num_nonnulls(subject, session_id, tenant_id) = 0 END),
  CONSTRAINT revocations_expire_later CHECK (expires_at > not_before)
);
COMMENT ON TABLE postern.revocations IS 'global: says which tokens are void, before the tenant of a request is known';
CREATE INDEX revocations_unpublished ON postern.revocations (not_before) WHERE published_at IS NULL;
CREATE INDEX revocations_by_end ON postern.revocations (expires_at);
GRANT SELECT, INSERT (id, kind, issuer, subject, session_id, key_id, tenant_id, not_before, expires_at, reason),
  UPDATE (published_at), DELETE ON postern.revocations TO postern_runtime;
