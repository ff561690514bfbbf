import type pg from 'pg'

/**
 * Throws, with the name of the constraint, where a row refers to one that does not exist, or where a tenant that is
 * not purged has no owner. Reads every table once for each of its foreign keys.
 */
export async function verify(client: pg.Client): Promise<void> {
  const keys = await client.query<{ name: string; orphans: string }>(orphanQueries)
  for (const { name, orphans } of keys.rows) {
    const found = await client.query<{ count: string }>(orphans)
    const { count } = found.rows[0]!
    if (count !== '0') throw new Error(`${count} rows break the foreign key ${name}`)
  }
  const ownerless = await client.query<{ count: string }>(
    `SELECT count(*) FROM postern.tenants t WHERE t.purged_at IS NULL AND NOT EXISTS (
       SELECT FROM postern.tenant_memberships m WHERE m.tenant_id = t.id AND m.role = 'owner')`,
  )
  const { count } = ownerless.rows[0]!
  if (count !== '0') throw new Error(`${count} tenants have no owner`)
}

/** For each foreign key a query that counts rows whose key is not null and leads nowhere. */
const orphanQueries = `
  SELECT c.conname AS name,
         format('SELECT count(*) FROM %s f WHERE num_nulls(%s) = 0 AND NOT EXISTS (SELECT FROM %s p WHERE %s)',
                c.conrelid::regclass, string_agg(format('f.%I', child.attname), ', '), c.confrelid::regclass,
                string_agg(format('p.%I = f.%I', parent.attname, child.attname), ' AND ')) AS orphans
    FROM pg_catalog.pg_constraint c
    CROSS JOIN unnest(c.conkey, c.confkey) AS pair (child, parent)
    JOIN pg_catalog.pg_attribute child ON child.attrelid = c.conrelid AND child.attnum = pair.child
    JOIN pg_catalog.pg_attribute parent ON parent.attrelid = c.confrelid AND parent.attnum = pair.parent
   WHERE c.contype = 'f' AND c.connamespace = 'postern'::regnamespace
   GROUP BY c.oid, c.conname, c.conrelid, c.confrelid
   ORDER BY c.conname`
