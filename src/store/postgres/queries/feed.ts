import type { AccessChanged } from '../../../access/feed.ts'
import type { Revocation } from '../../../token/revocation.ts'
import type { GlobalSession } from '../transaction.ts'

/** A change that was taken out of the outbox, and how long it was in there, by the clock of the database. */
export type TakenChange = { readonly change: AccessChanged; readonly waitedMs: number }

/**
 * The oldest changes in the order of their writing, whatever tenant they are of. They are gone when this transaction
 * commits, and nobody else can take them meanwhile.
 */
export async function takeAccessChanges(
  session: GlobalSession,
  most: number,
): Promise<readonly TakenChange[]> {
  const rows = await session.rows<{
    tenant_id: string
    slug: string
    access_version: string
    waited_ms: number
  }>(
    `SELECT payload ->> 'tenantId' AS tenant_id, payload ->> 'slug' AS slug,
            payload ->> 'accessVersion' AS access_version,
            extract(epoch FROM clock_timestamp() - created_at)::float8 * 1000 AS waited_ms
       FROM postern.take_access_events($1) ORDER BY created_at`,
    [most],
  )
  return rows.map(row => ({
    change: {
      kind: 'access',
      tenantId: row.tenant_id,
      slug: row.slug,
      accessVersion: Number(row.access_version),
    },
    waitedMs: row.waited_ms,
  }))
}

/** Revocations that nobody was told of, the oldest first; marked as told when this transaction commits. */
export async function takeRevocations(session: GlobalSession, most: number): Promise<readonly Revocation[]> {
  const rows = await session.rows<RevocationRow>(
    // Materialized: a plan that looked for them more than once would take more than `most`.
    `WITH taken AS MATERIALIZED (
       SELECT id FROM postern.revocations WHERE published_at IS NULL
        ORDER BY not_before, id LIMIT $1 FOR UPDATE SKIP LOCKED
     ), told AS (
       UPDATE postern.revocations SET published_at = now() WHERE id IN (SELECT id FROM taken) RETURNING *
     )
     SELECT ${columns} FROM told ORDER BY not_before, id`,
    [most],
  )
  return rows.map(revocationOf)
}

/** A page of the revocations that still matter, told or not, after the one with the id `afterId`. */
export async function listRevocations(
  session: GlobalSession,
  afterId: string | null,
  most: number,
): Promise<readonly Revocation[]> {
  const rows = await session.rows<RevocationRow>(
    `SELECT ${columns} FROM postern.revocations
      WHERE expires_at > now() AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    [afterId, most],
  )
  return rows.map(revocationOf)
}

/** Declares tokens void, from the commit on; a relay tells every sidecar. */
export async function insertRevocation(
  session: GlobalSession,
  revocation: Revocation,
  reason: string,
): Promise<void> {
  const { kind } = revocation
  await session.rows(
    `INSERT INTO postern.revocations
       (id, kind, issuer, subject, session_id, key_id, tenant_id, not_before, expires_at, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce(to_timestamp($8 / 1000.0), now()), to_timestamp($9 / 1000.0), $10)`,
    [
      revocation.id,
      kind,
      kind === 'tenant' ? null : revocation.issuer,
      kind === 'principal' ? revocation.subject : null,
      kind === 'session' ? revocation.sessionId : null,
      kind === 'key' ? revocation.keyId : null,
      kind === 'tenant' || kind === 'principal' ? revocation.tenantId : null,
      kind === 'key' ? null : revocation.notBeforeMs,
      revocation.expiresAtMs,
      reason,
    ],
  )
}

/** Forgets revocations that no token can be about any more, `most` of them; answers how many those were. */
export async function deleteExpiredRevocations(session: GlobalSession, most: number): Promise<number> {
  const rows = await session.rows(
    `WITH expired AS MATERIALIZED (
       SELECT id FROM postern.revocations WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM postern.revocations WHERE id IN (SELECT id FROM expired) RETURNING id`,
    [most],
  )
  return rows.length
}

/** The access version of each of these tenants, by its id; one that does not exist has none. */
export async function readAccessVersions(
  session: GlobalSession,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await session.rows<{ tenant_id: string; access_version: string }>(
    'SELECT tenant_id, access_version FROM postern.access_versions($1)',
    [tenantIds],
  )
  return new Map(rows.map(row => [row.tenant_id, Number(row.access_version)]))
}

type RevocationRow = {
  readonly id: string
  readonly kind: Revocation['kind']
  readonly issuer: string
  readonly subject: string
  readonly session_id: string
  readonly key_id: string
  readonly tenant_id: string | null
  readonly not_before_ms: number
  readonly expires_at_ms: number
}

const columns = `id, kind, issuer, subject, session_id, key_id, tenant_id,
  floor(extract(epoch FROM not_before) * 1000)::float8 AS not_before_ms,
  floor(extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms`

/** A constraint of the table sees to it that what a kind needs is there. */
function revocationOf(row: RevocationRow): Revocation {
  const { id, issuer, subject, expires_at_ms: expiresAtMs, not_before_ms: notBeforeMs } = row
  switch (row.kind) {
    case 'session':
      return { id, expiresAtMs, kind: 'session', issuer, sessionId: row.session_id, notBeforeMs }
    case 'principal':
      return { id, expiresAtMs, kind: 'principal', issuer, subject, tenantId: row.tenant_id, notBeforeMs }
    case 'tenant':
      return { id, expiresAtMs, kind: 'tenant', tenantId: row.tenant_id!, notBeforeMs }
    case 'key':
      return { id, expiresAtMs, kind: 'key', issuer, keyId: row.key_id }
  }
}
