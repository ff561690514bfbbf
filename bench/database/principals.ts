import type pg from 'pg'
import { issuers } from './fill.ts'

/** One who has a place in the tenant. */
export type Principal = { readonly tenantId: string; readonly issuer: string; readonly subject: string }

/**
 * So many principals of a generated database, the same ones every time: each tenant as often as any other, whatever its
 * size, and in it any of its members. Nobody and no tenant among them is deleted.
 */
export async function samplePrincipals(client: pg.Client, count: number): Promise<readonly Principal[]> {
  const found = await client.query<Principal>(
    `WITH tenants AS (
       SELECT id FROM postern.tenants WHERE deleted_at IS NULL ORDER BY md5(id::text) LIMIT $1
     ), asked AS (
       SELECT id, turn FROM tenants
        CROSS JOIN generate_series(1, ceil($1 / (SELECT count(*) FROM tenants)::float8)::int) AS turn
     )
     SELECT asked.id AS "tenantId", $2 AS issuer, member.subject
       FROM asked CROSS JOIN LATERAL (
         SELECT i.subject
           FROM postern.tenant_memberships m
           JOIN postern.users u ON u.id = m.user_id AND u.deleted_at IS NULL
           JOIN postern.identities i ON i.user_id = u.id AND i.issuer = $2
          WHERE m.tenant_id = asked.id
          ORDER BY md5(m.user_id::text || asked.turn) LIMIT 1) member
      ORDER BY turn, md5(asked.id::text) LIMIT $1`,
    [count, issuers.first],
  )
  return found.rows
}
