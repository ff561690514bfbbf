import type pg from 'pg'
import { issuers } from '../database/fill.ts'
import type { Principal } from '../database/principals.ts'

/** So many members of generated tenants, no two the same, in an order that jumps about; nobody among them is deleted. */
export async function differentPrincipals(client: pg.Client, count: number): Promise<readonly Principal[]> {
  const found = await client.query<Principal>(
    `SELECT m.tenant_id AS "tenantId", i.issuer, i.subject
       FROM postern.tenant_memberships m
       JOIN postern.tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
       JOIN postern.users u ON u.id = m.user_id AND u.deleted_at IS NULL
       JOIN postern.identities i ON i.user_id = u.id AND i.issuer = $2
      ORDER BY md5(m.tenant_id::text || m.user_id) LIMIT $1`,
    [count, issuers.first],
  )
  if (found.rows.length < count) throw new Error(`there are only ${found.rows.length} members to ask for`)
  return found.rows
}
