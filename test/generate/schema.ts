import type pg from 'pg'
import type { Catalog, Grant, Role, Routine, Table } from './catalog.ts'
import { readCatalog } from './catalog.ts'

/** docs/schema.sql: what the migrations come to, to be read and compared, not to be run. */
export async function schemaReference(client: pg.Client): Promise<string> {
  const catalog = await readCatalog(client)
  return `${[...head, ...sectionsOf(catalog)].join('\n')}\n`
}

const head = [
  '-- What all migrations together come to, as a database knows it. For reading: `postern migrate` makes it.',
  '-- Generated from the catalogs of a migrated database by `node test/generate.ts`. Bodies of functions are in',
  '-- src/store/postgres/migrations.',
]

function sectionsOf({ roles, schemaGrants, sequences, tables, views, functions }: Catalog): string[] {
  return [
    ...headline('Roles'),
    ...roles.flatMap(roleLines),
    ...headline('Schema'),
    'CREATE SCHEMA postern;',
    ...grantLines(schemaGrants, 'SCHEMA postern'),
    ...headline('Tables'),
    ...tables.flatMap(tableLines).slice(1),
    ...(views.length === 0 ? [] : headline('Views')),
    ...views.flatMap(({ name, options, definition, grants }) => [
      `CREATE VIEW postern.${name}${options === null ? '' : ` WITH (${options})`} AS`,
      definition,
      ...grantLines(grants, `postern.${name}`),
    ]),
    ...headline('Sequences'),
    ...sequences.flatMap(({ name, grants }) => [
      `CREATE SEQUENCE postern.${name};`,
      ...grantLines(grants, `SEQUENCE postern.${name}`),
    ]),
    ...headline('Functions'),
    ...functions.flatMap(functionLines).slice(1),
  ]
}

const width = 120

function headline(title: string): string[] {
  return ['', `-- ${title} ${'-'.repeat(width - title.length - 4)}`, '']
}

function roleLines({ name, attributes, memberOf }: Role): string[] {
  return [`CREATE ROLE ${name} ${attributes};`, ...memberOf.map(role => `GRANT ${role} TO ${name};`)]
}

function tableLines(table: Table): string[] {
  const name = `postern.${table.name}`
  const inside = [
    ...table.columns.map(
      ({ name, type, required, value }) =>
        `${name} ${type}${required ? ' NOT NULL' : ''}${value === null ? '' : ` ${value}`}`,
    ),
    ...table.constraints.map(constraint => `CONSTRAINT ${constraint}`),
  ]
  return [
    '',
    `CREATE TABLE ${name} (`,
    ...inside.map((line, index) => `  ${line}${index === inside.length - 1 ? '' : ','}`),
    ');',
    ...(table.owner === 'postern_owner' ? [] : [`ALTER TABLE ${name} OWNER TO ${table.owner};`]),
    ...commentLines(`TABLE ${name}`, table.comment),
    ...table.columns.flatMap(({ name: column, comment }) =>
      commentLines(`COLUMN ${name}.${column}`, comment),
    ),
    ...table.indexes.map(index => `${index};`),
    ...(table.rowSecurity ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`] : []),
    ...(table.forced ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`] : []),
    ...table.policies.flatMap(policy => policyLines(policy, name)),
    ...table.triggers.map(trigger => `${trigger};`),
    ...grantLines(table.grants, name),
  ]
}

function policyLines(policy: Table['policies'][number], table: string): string[] {
  const kind = policy.permissive ? '' : ' AS RESTRICTIVE'
  const terms = [
    ...(policy.using === null ? [] : [`  USING (${policy.using})`]),
    ...(policy.check === null ? [] : [`  WITH CHECK (${policy.check})`]),
  ]
  return [
    `CREATE POLICY ${policy.name} ON ${table}${kind} FOR ${policy.command} TO ${policy.roles}`,
    ...terms.slice(0, -1),
    `${terms.at(-1)};`,
  ]
}

function functionLines(routine: Routine): string[] {
  const name = `FUNCTION postern.${routine.identity}`
  return [
    '',
    `CREATE FUNCTION postern.${routine.signature}`,
    `  ${[routine.attributes, ...routine.settings.map(setting => `SET ${setting}`)].join(' ')};`,
    `ALTER ${name} OWNER TO ${routine.owner};`,
    ...commentLines(name, routine.comment),
    ...grantLines(routine.grants, name),
  ]
}

function grantLines(grants: readonly Grant[], on: string): string[] {
  return grants.map(({ privileges, grantee }) => `GRANT ${privileges.join(', ')} ON ${on} TO ${grantee};`)
}

function commentLines(on: string, comment: string | null): string[] {
  return comment === null ? [] : [`COMMENT ON ${on} IS '${comment.replaceAll("'", "''")}';`]
}
