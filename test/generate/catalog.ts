import type pg from 'pg'

/** One privilege, as it follows GRANT: `SELECT` on the whole, `UPDATE (name, status)` on columns. */
export type Grant = { readonly privileges: readonly string[]; readonly grantee: string }

export type Table = {
  readonly name: string
  readonly owner: string
  readonly comment: string | null
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly required: boolean
    /** DEFAULT, GENERATED, with its expression. */
    readonly value: string | null
    readonly comment: string | null
  }[]
  /** Name and definition; NOT NULL is told with its column. */
  readonly constraints: readonly string[]
  /** Those that belong to no constraint. */
  readonly indexes: readonly string[]
  readonly rowSecurity: boolean
  readonly forced: boolean
  readonly policies: readonly {
    readonly name: string
    readonly permissive: boolean
    readonly command: string
    readonly roles: string
    readonly using: string | null
    readonly check: string | null
  }[]
  readonly triggers: readonly string[]
  readonly grants: readonly Grant[]
}

export type Routine = {
  readonly signature: string
  readonly identity: string
  readonly owner: string
  readonly attributes: string
  readonly settings: readonly string[]
  readonly comment: string | null
  readonly grants: readonly Grant[]
}

export type Role = {
  readonly name: string
  readonly attributes: string
  readonly memberOf: readonly string[]
}

export type Catalog = {
  readonly roles: readonly Role[]
  readonly schemaGrants: readonly Grant[]
  readonly sequences: readonly { readonly name: string; readonly grants: readonly Grant[] }[]
  readonly tables: readonly Table[]
  readonly views: readonly {
    readonly name: string
    readonly options: string | null
    readonly definition: string
    readonly grants: readonly Grant[]
  }[]
  readonly functions: readonly Routine[]
}

/** Everything in the schema postern, from the catalogs, in an order and in words that are the same on Postgres 15 to 18. */
export async function readCatalog(client: pg.Client): Promise<Catalog> {
  // With an empty path every name is written with its schema.
  await client.query("SELECT set_config('search_path', '', false)")
  const all = async <Row extends pg.QueryResultRow>(text: string) => (await client.query<Row>(text)).rows
  await assertNothingElse(client)
  return {
    roles: await all<Role>(rolesQuery),
    schemaGrants: await all<Grant>(schemaGrantsQuery),
    sequences: await all(sequencesQuery),
    tables: await all<Table>(tablesQuery),
    views: await all(viewsQuery),
    functions: await all<Routine>(functionsQuery),
  }
}

/** A kind of object that nobody expected would be missing from the reference. */
async function assertNothingElse(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = ${schema} AND c.relkind NOT IN ('r', 'i', 'S', 'v')
     UNION ALL SELECT typname FROM pg_type WHERE typnamespace = ${schema} AND typtype IN ('d', 'e', 'r')`,
  )
  const [unknown] = rows
  if (unknown !== undefined) throw new Error(`test/generate/catalog.ts does not know what ${unknown.name} is`)
}

const schema = "'postern'::regnamespace"

/** What a list of privileges gives to anyone but the owner, who has all; grouped by who gets it. */
function grantsOf(acl: string, kind: string, owner: string): string {
  return `SELECT json_build_object('grantee', grantee, 'privileges', array_agg(privilege ORDER BY privilege)) AS item
     FROM (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END AS grantee,
                  a.privilege_type AS privilege
             FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) a WHERE a.grantee <> ${owner}) given
    GROUP BY grantee`
}

function list(query: string): string {
  return `coalesce((SELECT json_agg(item ORDER BY item::text COLLATE "C") FROM (${query}) items), '[]')`
}

/** Of the table and of single columns. */
const tableGrants = `${grantsOf('c.relacl', 'r', 'c.relowner')} UNION ALL
  SELECT json_build_object('grantee', grantee, 'privileges', array_agg(privilege ORDER BY privilege))
    FROM (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS grantee,
                 x.privilege_type || ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ')' AS privilege
            FROM pg_attribute a, aclexplode(a.attacl) x
           WHERE a.attrelid = c.oid AND NOT a.attisdropped AND x.grantee <> c.relowner
           GROUP BY x.grantee, x.privilege_type) given
   GROUP BY grantee`

const rolesQuery = `
  SELECT rolname AS name,
         concat_ws(' ', CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN NOT rolinherit THEN 'NOINHERIT' END,
           CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
           CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
           CASE WHEN rolreplication THEN 'REPLICATION' END) AS attributes,
         ARRAY(SELECT DISTINCT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid ORDER BY 1) AS "memberOf"
    FROM pg_roles r WHERE rolname LIKE 'postern\\_%' AND rolname NOT LIKE 'postern\\_test\\_%'
   ORDER BY rolname COLLATE "C"`

const schemaGrantsQuery = `
  SELECT item ->> 'grantee' AS grantee, ARRAY(SELECT json_array_elements_text(item -> 'privileges')) AS privileges
    FROM pg_namespace n, LATERAL (${grantsOf('n.nspacl', 'n', 'n.nspowner')}) given
   WHERE n.nspname = 'postern' ORDER BY (item ->> 'grantee') COLLATE "C"`

const sequencesQuery = `
  SELECT c.relname AS name, ${list(grantsOf('c.relacl', 's', 'c.relowner'))} AS grants
    FROM pg_class c WHERE c.relnamespace = ${schema} AND c.relkind = 'S' ORDER BY c.relname COLLATE "C"`

const columns = `
  SELECT a.attnum, json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
      'comment', col_description(a.attrelid, a.attnum),
      'value', CASE
        WHEN a.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
        WHEN a.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
        WHEN a.attgenerated = 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid, true) || ') STORED'
        ELSE 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true) END) AS item
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`

/** Versions before 18 do not list NOT NULL (n); triggers of constraints (t) have none in this schema. */
const constraints = `
  SELECT to_json(conname || ' ' || pg_get_constraintdef(k.oid, true)) AS item
    FROM pg_constraint k WHERE conrelid = c.oid AND contype IN ('p', 'u', 'f', 'c', 'x')`

const indexes = `
  SELECT to_json(pg_get_indexdef(i.indexrelid, 0, true)) AS item FROM pg_index i
   WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid)`

const policies = `
  SELECT json_build_object('name', p.polname, 'permissive', p.polpermissive,
      'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      'roles', (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C")
                  FROM (SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END AS name
                          FROM unnest(p.polroles) AS role) named),
      'using', pg_get_expr(p.polqual, p.polrelid, true), 'check', pg_get_expr(p.polwithcheck, p.polrelid, true)) AS item
    FROM pg_policy p WHERE p.polrelid = c.oid`

const triggers = `
  SELECT to_json(pg_get_triggerdef(g.oid, true)) AS item FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal`

const tablesQuery = `
  SELECT c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner, obj_description(c.oid, 'pg_class') AS comment,
         (SELECT json_agg(item ORDER BY attnum) FROM (${columns}) items) AS columns,
         ${list(constraints)} AS constraints, ${list(indexes)} AS indexes,
         c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS forced,
         ${list(policies)} AS policies, ${list(triggers)} AS triggers, ${list(tableGrants)} AS grants
    FROM pg_class c WHERE c.relnamespace = ${schema} AND c.relkind = 'r' ORDER BY c.relname COLLATE "C"`

const viewsQuery = `
  SELECT c.relname AS name, array_to_string(c.reloptions, ', ') AS options, pg_get_viewdef(c.oid, true) AS definition,
         ${list(tableGrants)} AS grants
    FROM pg_class c WHERE c.relnamespace = ${schema} AND c.relkind = 'v' ORDER BY c.relname COLLATE "C"`

const functionsQuery = `
  SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ') RETURNS ' || pg_get_function_result(p.oid) AS signature,
         p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS identity,
         pg_get_userbyid(p.proowner)::text AS owner, obj_description(p.oid, 'pg_proc') AS comment,
         concat_ws(' ', 'LANGUAGE', l.lanname,
           CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
           CASE WHEN p.proisstrict THEN 'STRICT' END, CASE WHEN p.proleakproof THEN 'LEAKPROOF' END,
           CASE p.proparallel WHEN 's' THEN 'PARALLEL SAFE' WHEN 'r' THEN 'PARALLEL RESTRICTED' END,
           CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' ELSE 'SECURITY INVOKER' END) AS attributes,
         coalesce(p.proconfig, '{}') AS settings,
         ${list(grantsOf('p.proacl', 'f', 'p.proowner'))} AS grants
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
   WHERE p.pronamespace = ${schema} 
   ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"`
