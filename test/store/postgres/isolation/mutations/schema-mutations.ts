import type pg from 'pg'
import type { Catalog } from '../sweep/catalog.ts'
import type { Mutation } from './table-mutations.ts'

/** What hangs on the schema and not on one table: guards, functions, views, sequences, roles. */
export async function schemaMutations(client: pg.Client, catalog: Catalog): Promise<readonly Mutation[]> {
  const all = [...(await guardMutations(client)), ...functionMutations(catalog), ...oneByOne]
  return all.map(mutation => ({ tables: [], ...mutation }))
}

type Unaimed = Omit<Mutation, 'tables'> & Partial<Pick<Mutation, 'tables'>>

/** Each guard dropped, disabled, and made to overlook one event or one column. */
async function guardMutations(client: pg.Client): Promise<readonly Unaimed[]> {
  const { rows } = await client.query<{ name: string; table: string; text: string }>(
    `SELECT g.tgname AS name, c.relname AS table, pg_get_triggerdef(g.oid) AS text
       FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
      WHERE g.tgfoid = 'postern.require_access_change()'::regprocedure ORDER BY 1`,
  )
  return rows.flatMap(({ name, table, text }) => {
    const replaced = (what: string, by: string) => ({
      what: `guard ${name} ${what}`,
      text: by.replace('CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'),
    })
    const events = ['INSERT OR ', 'DELETE OR '].filter(event => text.includes(event))
    const columns = (/UPDATE OF (.*?) ON /.exec(text)?.[1] ?? '').split(', ').filter(column => column !== '')
    return [
      { what: `guard ${name} dropped`, text: `DROP TRIGGER ${name} ON postern.${table}` },
      { what: `guard ${name} disabled`, text: `ALTER TABLE postern.${table} DISABLE TRIGGER ${name}` },
      ...events.map(event => replaced(`without ${event.replace(' OR ', '')}`, text.replace(event, ''))),
      replaced('without UPDATE', text.replace(/ OR UPDATE(?: OF .*?)?(?= ON )/, '')),
      ...columns.map(column => {
        const others = columns.filter(each => each !== column).join(', ')
        return replaced(`without ${column}`, text.replace(columns.join(', '), others))
      }),
    ]
  })
}

function functionMutations({ functions }: Catalog): readonly Unaimed[] {
  return functions
    .filter(({ definer }) => definer)
    .flatMap(({ name, callers }) => [
      { what: `${name} without its search_path`, text: `ALTER FUNCTION postern.${name} RESET search_path` },
      { what: `${name} for PUBLIC`, text: `GRANT EXECUTE ON FUNCTION postern.${name} TO PUBLIC` },
      { what: `${name} owned by a superuser`, text: `ALTER FUNCTION postern.${name} OWNER TO CURRENT_USER` },
      ...callers
        .filter(caller => name !== 'require_access_change()' || caller !== 'postern_owner')
        .map(caller => ({
          what: `${name} revoked from ${caller}`,
          text: `REVOKE EXECUTE ON FUNCTION postern.${name} FROM ${caller}`,
        })),
    ])
}

const grantView = 'GRANT SELECT ON postern.peek TO postern_runtime'

const oneByOne: readonly Unaimed[] = [
  {
    what: 'current_tenant() that answers null instead of failing',
    text: `CREATE OR REPLACE FUNCTION postern.current_tenant() RETURNS uuid LANGUAGE sql STABLE
             RETURN nullif(current_setting('app.tenant_id', true), '')::uuid`,
    tables: ['workspaces'],
  },
  {
    what: 'a view that sees what its owner sees',
    text: `CREATE VIEW postern.peek AS SELECT * FROM postern.workspaces; ${grantView}`,
  },
  {
    what: 'a materialized view',
    text: `CREATE MATERIALIZED VIEW postern.peek AS SELECT * FROM postern.workspaces; ${grantView}`,
  },
  {
    what: 'a sequence that the runtime role may read',
    text: 'GRANT USAGE, SELECT ON postern.migrations_id_seq TO postern_runtime',
  },
  {
    what: 'a definer function that somebody adds',
    text: `CREATE FUNCTION postern.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER
             RETURN (SELECT count(*) FROM postern.workspaces);
           GRANT EXECUTE ON FUNCTION postern.peek() TO postern_runtime`,
  },
  {
    what: 'a tenant table that somebody adds and forgets',
    text: `CREATE TABLE postern.forgotten (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id));
           GRANT SELECT ON postern.forgotten TO postern_runtime`,
  },
  {
    what: 'a tenant table that is called global',
    text: "COMMENT ON TABLE postern.projects IS 'global: no reason'",
  },
  { what: 'a global table without its reason', text: 'COMMENT ON TABLE postern.users IS NULL' },
  {
    what: 'CREATE on the schema for the runtime role',
    text: 'GRANT CREATE ON SCHEMA postern TO postern_runtime',
  },
  { what: 'USAGE on the schema for PUBLIC', text: 'GRANT USAGE ON SCHEMA postern TO PUBLIC' },
  {
    what: 'a runtime role that bypasses row level security',
    text: 'ALTER ROLE postern_runtime BYPASSRLS',
    tables: ['workspaces'],
  },
  {
    what: 'a runtime role that is superuser',
    text: 'ALTER ROLE postern_runtime SUPERUSER',
    tables: ['workspaces'],
  },
  {
    what: 'a reporting role that bypasses row level security',
    text: 'ALTER ROLE postern_reporting BYPASSRLS',
    tables: ['workspaces'],
  },
  {
    what: 'an owner that bypasses row level security',
    text: 'ALTER ROLE postern_owner BYPASSRLS',
    tables: ['workspaces'],
  },
  {
    what: 'a runtime role that is a member of the owner',
    text: 'GRANT postern_owner TO postern_runtime',
    tables: ['workspaces'],
  },
  { what: 'a resolver that logs in', text: 'ALTER ROLE postern_resolver LOGIN' },
]
