import pg from 'pg'

/** One of the tenants that `fillForMigration` made, and a member of its first workspace. */
export const someone = {
  tenantId: '00000000-0000-7000-8001-000000000001',
  workspaceId: '00000000-0000-7000-8002-000000000003',
  userId: '00000000-0000-7000-8003-000000000028',
} as const

const membersOfEach = 40
const workspacesOfEach = 3
/** Each member is in one workspace of the tenant, and half of them in two. */
const rowsOfEach = membersOfEach * 2.5
const batchTenants = 2_000

/**
 * Fills a database at migration 0002 with about so many memberships of tenants and workspaces, all of them of one size:
 * what matters to a migration is how many rows there are.
 */
export async function fillForMigration(
  ownerUrl: string,
  memberships: number,
  progress: (line: string) => void,
): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query("SET session_replication_role = 'replica'")
    await client.query(`
      CREATE FUNCTION pg_temp.id(kind int, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
        RETURN ('00000000-0000-7000-800' || kind || '-' || lpad(to_hex(number), 12, '0'))::uuid`)
    const tenants = Math.ceil(memberships / rowsOfEach)
    for (let first = 0; first < tenants; first += batchTenants) {
      const last = Math.min(first + batchTenants, tenants) - 1
      for (const text of statements) await client.query(text, [first, last])
      progress(`${(last + 1) * rowsOfEach} of ${tenants * rowsOfEach} memberships`)
    }
    await client.query('ANALYZE')
    await client.query('CHECKPOINT')
    const { rows } = await client.query<{ count: string }>(
      `SELECT (SELECT count(*) FROM postern.tenant_memberships)
            + (SELECT count(*) FROM postern.workspace_memberships) AS count`,
    )
    return Number(rows[0]!.count)
  } finally {
    await client.end()
  }
}

const statements = [
  `INSERT INTO postern.tenants (id, slug, name, plan)
   SELECT pg_temp.id(1, n), 'tenant-' || n, 'Tenant ' || n, 'pro' FROM generate_series($1::int, $2::int) AS n`,
  `INSERT INTO postern.workspaces (tenant_id, id, slug, name)
   SELECT pg_temp.id(1, n), pg_temp.id(2, n::bigint * ${workspacesOfEach} + place), 'workspace-' || place, 'Workspace'
     FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(0, ${workspacesOfEach - 1}) AS place`,
  `INSERT INTO postern.users (id, display_name)
   SELECT pg_temp.id(3, n::bigint * ${membersOfEach} + member), 'Somebody'
     FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(0, ${membersOfEach - 1}) AS member`,
  `INSERT INTO postern.tenant_memberships (tenant_id, user_id, role)
   SELECT pg_temp.id(1, n), pg_temp.id(3, n::bigint * ${membersOfEach} + member),
          CASE member WHEN 0 THEN 'owner' ELSE 'member' END
     FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(0, ${membersOfEach - 1}) AS member`,
  `INSERT INTO postern.workspace_memberships (tenant_id, workspace_id, user_id, role)
   SELECT pg_temp.id(1, n), pg_temp.id(2, n::bigint * ${workspacesOfEach} + (member + again) % ${workspacesOfEach}),
          pg_temp.id(3, n::bigint * ${membersOfEach} + member), 'member'
     FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(0, ${membersOfEach - 1}) AS member
     CROSS JOIN generate_series(0, 1) AS again
    WHERE again = 0 OR member % 2 = 0`,
]
