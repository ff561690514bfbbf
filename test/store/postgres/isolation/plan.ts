import type pg from 'pg'

/** The roles that a connection can have, or a migration; each is bound to one tenant at a time. */
export const boundRoles = ['postern_runtime', 'postern_reporting', 'postern_owner'] as const
export type BoundRole = (typeof boundRoles)[number]

/** What there is to attack, as the catalogue has it: a table that is added later is attacked like the others. */
export type Plan = { readonly tables: readonly TenantTable[]; readonly guards: readonly Guard[] }

export type TenantTable = {
  readonly name: string
  readonly tenantColumn: 'id' | 'tenant_id'
  readonly columns: readonly Column[]
  /** Primary and unique keys; the primary one comes first. */
  readonly keys: readonly Key[]
  /** Foreign keys to tenant tables that name more than the tenant. */
  readonly references: readonly Reference[]
  readonly deleters: readonly BoundRole[]
}

export type Column = {
  readonly name: string
  readonly type: string
  readonly generated: boolean
  readonly readers: readonly BoundRole[]
  readonly inserters: readonly BoundRole[]
  readonly updaters: readonly BoundRole[]
}

export type Key = { readonly name: string; readonly columns: readonly string[] }
export type Reference = Key & { readonly target: string }

/** A trigger that lets nothing through that was not announced. */
export type Guard = {
  readonly table: string
  readonly name: string
  readonly onInsert: boolean
  readonly onDelete: boolean
  /** Empty: not on update. */
  readonly updateOf: readonly string[]
}

export async function readPlan(client: pg.Client): Promise<Plan> {
  const { rows } = await client.query<{ plan: Plan }>(text, [boundRoles])
  return rows[0]!.plan
}

const text = `
  WITH tenant_table AS (
    SELECT c.oid, c.relname AS name,
           CASE WHEN c.relname = 'tenants' THEN 'id' ELSE 'tenant_id' END AS tenant_column
      FROM pg_class c
     WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p')
       AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE 'global: %'
  ), key AS (
    SELECT k.conrelid, k.confrelid, k.contype, k.conname AS name,
           ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
                   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY n) AS columns
      FROM pg_constraint k WHERE k.conrelid IN (SELECT oid FROM tenant_table)
  )
  SELECT json_build_object('tables', (
    SELECT json_agg(json_build_object(
      'name', t.name,
      'tenantColumn', t.tenant_column,
      'columns', (SELECT json_agg(json_build_object(
          'name', a.attname, 'type', format_type(a.atttypid, NULL), 'generated', a.attgenerated <> '',
          'readers', ARRAY(SELECT r FROM unnest($1::text[]) r WHERE has_column_privilege(r, t.oid, a.attnum, 'SELECT')),
          'inserters', ARRAY(SELECT r FROM unnest($1::text[]) r WHERE has_column_privilege(r, t.oid, a.attnum, 'INSERT')),
          'updaters', ARRAY(SELECT r FROM unnest($1::text[]) r WHERE has_column_privilege(r, t.oid, a.attnum, 'UPDATE'))
        ) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
      'keys', (SELECT json_agg(json_build_object('name', k.name, 'columns', k.columns) ORDER BY k.contype, k.name)
                 FROM key k WHERE k.conrelid = t.oid AND k.contype IN ('p', 'u')),
      'references', (SELECT coalesce(json_agg(json_build_object(
          'name', k.name, 'columns', k.columns, 'target', target.name) ORDER BY k.name), '[]')
         FROM key k JOIN tenant_table target ON target.oid = k.confrelid
        WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.columns <> ARRAY[t.tenant_column]),
      'deleters', ARRAY(SELECT r FROM unnest($1::text[]) r WHERE has_table_privilege(r, t.oid, 'DELETE'))
    ) ORDER BY t.name) FROM tenant_table t),
  'guards', (
    SELECT json_agg(json_build_object(
      'table', c.relname, 'name', g.tgname,
      'onInsert', g.tgtype & 4 <> 0, 'onDelete', g.tgtype & 8 <> 0,
      'updateOf', CASE WHEN g.tgtype & 16 = 0 THEN '{}'::text[] ELSE ARRAY(
        SELECT a.attname::text FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
           AND (cardinality(g.tgattr::int2[]) = 0 OR a.attnum = ANY (g.tgattr::int2[])) ORDER BY a.attnum) END
    ) ORDER BY c.relname)
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
     WHERE g.tgfoid = 'postern.require_access_change()'::regprocedure)
  ) AS plan`
