import type pg from 'pg'

/** What the system catalogues say of the schema and of our roles, read at once: the sweep's rules are about this. */
export type Catalog = {
  readonly tables: readonly CatalogTable[]
  /** Views, materialized views, foreign tables and sequences: whatever is neither table nor index. */
  readonly others: readonly CatalogOther[]
  readonly functions: readonly CatalogFunction[]
  readonly roles: readonly CatalogRole[]
  /** Rights on the schema, and default rights on what will be made in it. */
  readonly schemaRights: readonly string[]
}

export type CatalogOther = {
  readonly name: string
  /** As pg_class.relkind has it. */
  readonly kind: string
  /** A view that sees what its caller sees. */
  readonly invoker: boolean
  readonly rights: readonly string[]
}

export type CatalogTable = {
  readonly name: string
  readonly comment: string | null
  readonly rowSecurity: boolean
  readonly forced: boolean
  readonly policies: readonly CatalogPolicy[]
  readonly keys: readonly {
    readonly name: string
    readonly primary: boolean
    readonly columns: readonly string[]
  }[]
  readonly references: readonly CatalogReference[]
  /** Such as "postern_runtime UPDATE (name, status)"; the owner's own are left out. */
  readonly rights: readonly string[]
}

export type CatalogPolicy = {
  readonly name: string
  readonly permissive: boolean
  readonly command: '*' | 'r' | 'a' | 'w' | 'd'
  readonly roles: readonly string[]
  readonly using: string | null
  readonly check: string | null
}

export type CatalogReference = {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: string
  readonly targetColumns: readonly string[]
}

export type CatalogFunction = {
  /** With its argument types. */
  readonly name: string
  readonly owner: string
  readonly definer: boolean
  readonly settings: readonly string[]
  /** Who may call it beside its owner; PUBLIC is everybody. */
  readonly callers: readonly string[]
}

export type CatalogRole = {
  readonly name: string
  readonly login: boolean
  readonly inherits: boolean
  /** Superuser, bypasses row level security, makes roles or databases, replicates. */
  readonly strong: boolean
  readonly memberOf: readonly string[]
}

export async function readCatalog(client: pg.Client): Promise<Catalog> {
  // Named, so that a client that reads it hundreds of times plans it once.
  const { rows } = await client.query<{ catalog: Catalog }>({ name: 'catalog', text })
  return rows[0]!.catalog
}

const columnsOf = (table: string, numbers: string) =>
  `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS u (attnum, n)
           JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = u.attnum ORDER BY n)`

const text = `
  WITH relation AS (SELECT * FROM pg_class WHERE relnamespace = 'postern'::regnamespace),
  role AS (SELECT * FROM pg_roles WHERE rolname LIKE 'postern\\_%'),
  granted AS (
    SELECT c.oid AS relation, x.grantee, x.privilege_type, NULL AS attname
      FROM relation c, aclexplode(c.relacl) x
     WHERE x.grantee <> c.relowner
    UNION ALL
    SELECT c.oid, x.grantee, x.privilege_type, a.attname
      FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL, aclexplode(a.attacl) x
     WHERE x.grantee <> c.relowner
  ), rights AS (
    SELECT relation, CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END || ' ' || privilege_type
           || coalesce(' (' || string_agg(attname, ', ' ORDER BY attname) || ')', '') AS held
      FROM granted GROUP BY relation, grantee, privilege_type, (attname IS NULL)
  )
  SELECT json_build_object(
    'tables', (SELECT json_agg(json_build_object(
        'name', c.relname, 'comment', obj_description(c.oid, 'pg_class'),
        'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
        'policies', (SELECT coalesce(json_agg(json_build_object(
            'name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
            'roles', ARRAY(SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::regrole::text END FROM unnest(p.polroles) r ORDER BY 1),
            'using', pg_get_expr(p.polqual, c.oid), 'check', pg_get_expr(p.polwithcheck, c.oid)) ORDER BY p.polname), '[]')
          FROM pg_policy p WHERE p.polrelid = c.oid),
        'keys', (SELECT coalesce(json_agg(json_build_object('name', i.indexrelid::regclass, 'primary', i.indisprimary,
            'columns', ${columnsOf('c.oid', 'i.indkey::int2[]')}) ORDER BY 1), '[]')
          FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique),
        'references', (SELECT coalesce(json_agg(json_build_object('name', k.conname,
            'columns', ${columnsOf('c.oid', 'k.conkey')}, 'target', k.confrelid::regclass,
            'targetColumns', ${columnsOf('k.confrelid', 'k.confkey')}) ORDER BY k.conname), '[]')
          FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'),
        'rights', ARRAY(SELECT held FROM rights WHERE relation = c.oid ORDER BY 1)
      ) ORDER BY c.relname) FROM relation c WHERE c.relkind IN ('r', 'p')),
    'others', (SELECT coalesce(json_agg(json_build_object(
        'name', c.relname, 'kind', c.relkind,
        'invoker', coalesce('security_invoker=true' = ANY (c.reloptions), false),
        'rights', ARRAY(SELECT held FROM rights WHERE relation = c.oid ORDER BY 1)) ORDER BY c.relname), '[]')
      FROM relation c WHERE c.relkind NOT IN ('r', 'p', 'i', 'I', 't', 'c')),
    'functions', (SELECT json_agg(json_build_object(
        'name', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'owner', p.proowner::regrole,
        'definer', p.prosecdef, 'settings', coalesce(p.proconfig, '{}'),
        'callers', ARRAY(SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
                           FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
                          WHERE x.grantee <> p.proowner ORDER BY 1)) ORDER BY p.proname)
      FROM pg_proc p WHERE p.pronamespace = 'postern'::regnamespace),
    'roles', (SELECT json_agg(json_build_object(
        'name', r.rolname, 'login', r.rolcanlogin, 'inherits', r.rolinherit,
        'strong', r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
        'memberOf', ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1)
      ) ORDER BY r.rolname) FROM role r),
    'schemaRights', ARRAY(
      SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END || ' ' || x.privilege_type
        FROM pg_namespace n, aclexplode(n.nspacl) x WHERE n.nspname = 'postern' AND x.grantee <> n.nspowner
      UNION ALL
      SELECT 'default ' || CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END || ' ' || x.privilege_type
        FROM pg_default_acl d, aclexplode(d.defaclacl) x
       WHERE d.defaclnamespace IN (0, 'postern'::regnamespace) AND x.grantee <> d.defaclrole
       ORDER BY 1)
  ) AS catalog`
