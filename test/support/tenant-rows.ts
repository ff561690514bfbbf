import { v7 } from 'uuid'
import type { RunStatement } from '../../src/store/postgres/transaction.ts'
import { withClient } from './database.ts'

/** A tenant and what belongs to it, in the order that Postgres sorts ids. */
export type TenantRows = { readonly id: string; readonly workspaceIds: readonly string[] }

/**
 * Writes tenants into a migrated database; the first has one workspace, the second two, and so on. Past row level
 * security and triggers: how rows come about is not what these tests are about.
 */
export async function insertTenants(ownerUrl: string, count: number): Promise<readonly TenantRows[]> {
  const tenants = Array.from({ length: count }, (_, index) => ({
    id: v7(),
    workspaceIds: Array.from({ length: index + 1 }, () => v7()).sort(),
  }))
  await withClient(ownerUrl, async client => {
    await client.query('SET session_replication_role = replica')
    for (const [index, { id, workspaceIds }] of tenants.entries()) {
      await client.query(
        "INSERT INTO postern.tenants (id, slug, name, plan) VALUES ($1, 'of-' || $2, 'A tenant', 'free')",
        [id, index],
      )
      await client.query(
        `INSERT INTO postern.workspaces (tenant_id, id, slug, name)
         SELECT $1, id, 'number-' || ordinality, 'A workspace' FROM unnest($2::uuid[]) WITH ORDINALITY AS made (id)`,
        [id, workspaceIds],
      )
    }
  })
  return tenants
}

export type Sight = {
  /** What the transaction is told its tenant is. */
  readonly tenant: string
  readonly tenantIds: readonly string[]
  readonly workspaceIds: readonly string[]
  readonly workspaceCount: number
}

/** All that can be seen from inside a transaction. */
export async function lookAround(rows: RunStatement): Promise<Sight> {
  const [seen] = await rows<Sight>(
    `SELECT current_setting('app.tenant_id') AS tenant,
            ARRAY(SELECT id::text FROM postern.tenants ORDER BY 1) AS "tenantIds",
            ARRAY(SELECT id::text FROM postern.workspaces ORDER BY 1) AS "workspaceIds",
            (SELECT count(*)::int FROM postern.workspaces) AS "workspaceCount"`,
    [],
  )
  return seen!
}

/** What a transaction of this tenant is to see. */
export function sightOf({ id, workspaceIds }: TenantRows): Sight {
  return { tenant: id, tenantIds: [id], workspaceIds, workspaceCount: workspaceIds.length }
}
