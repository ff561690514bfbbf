import type { Catalog, CatalogPolicy, CatalogTable } from './catalog.ts'
import { definerPolicies, definers, globalTables, keysWithoutTenant, rights, roles } from './expected.ts'

/** Answers a sentence for each thing in the catalogue that breaks the rule. */
export type Rule = { readonly name: string; readonly breaches: (catalog: Catalog) => readonly string[] }

/** What makes the tables of a tenant its own; nobody who adds a table has to think of a test. */
export const rules: readonly Rule[] = [
  { name: 'a table is a tenant’s, or is known to be global and says why', breaches: globals },
  { name: 'row level security is on and forced', breaches: perTable(unforced) },
  { name: 'a policy for each role and command', breaches: perTable(uncovered) },
  { name: 'each policy holds its role to the tenant', breaches: perTable(unbound) },
  { name: 'a floor below every role', breaches: perTable(floorless) },
  { name: 'policies beyond one tenant are known', breaches: unknownPolicies },
  { name: 'the tenant in each key', breaches: perTable(keysThatTell) },
  { name: 'the tenant on both sides of each reference', breaches: referencesAcross },
  { name: 'rights are as agreed', breaches: rightsAstray },
  { name: 'no right that policies do not hold', breaches: dangerousRights },
  { name: 'functions are pinned, known and not for everybody', breaches: looseFunctions },
  { name: 'no view, unless it sees what its caller sees', breaches: looseViews },
  { name: 'roles are weak', breaches: strongRoles },
]

const definerRoles = ['postern_access', 'postern_resolver']
const commands = { SELECT: 'r', INSERT: 'a', UPDATE: 'w', DELETE: 'd' } as const

export function tenantColumn({ name }: CatalogTable): string {
  return name === 'tenants' ? 'id' : 'tenant_id'
}

function perTable(breaches: (table: CatalogTable) => readonly string[]): Rule['breaches'] {
  return catalog =>
    tenantTables(catalog).flatMap(table => breaches(table).map(breach => `${table.name}: ${breach}`))
}

function tenantTables({ tables }: Catalog): readonly CatalogTable[] {
  return tables.filter(({ name }) => !globalTables.includes(name))
}

function globals({ tables }: Catalog): readonly string[] {
  return tables.flatMap(({ name, comment, rowSecurity }) => {
    const saysSo = /^global: \S/.test(comment ?? '')
    if (saysSo !== globalTables.includes(name)) return [`${name} is global and not, as one asks`]
    return saysSo && rowSecurity ? [`${name} is global and has row level security`] : []
  })
}

function unforced({ rowSecurity, forced }: CatalogTable): readonly string[] {
  return [...(rowSecurity ? [] : ['not enabled']), ...(forced ? [] : ['not forced'])]
}

/** Without a policy a right is worth nothing: rows would be missing, and the next one would open too much. */
function uncovered(table: CatalogTable): readonly string[] {
  // Every tenant table has these policies, also where no right makes use of them yet.
  const always = ['runtime SELECT', 'runtime INSERT', 'runtime UPDATE', 'runtime DELETE', 'reporting SELECT']
  const used = new Set([...always.map(right => `postern_${right}`), ...table.rights])
  return [...used].flatMap(right => {
    const [role, privilege] = right.split(' ') as [string, keyof typeof commands]
    const command = commands[privilege]
    if (command === undefined) return []
    const covering = table.policies.filter(
      policy => policy.permissive && policy.roles.includes(role) && ['*', command].includes(policy.command),
    )
    return covering.length === 1 ? [] : [`${covering.length} policies let ${role} ${privilege}`]
  })
}

function unbound(table: CatalogTable): readonly string[] {
  const own = ownRows(table)
  const bound = (policy: CatalogPolicy) =>
    policy.using === own && (policy.check === own || policy.command === 'r')
  return table.policies
    .filter(policy => policy.permissive && !policy.roles.every(role => definerRoles.includes(role)))
    .filter(policy => !bound(policy))
    .map(({ name }) => `${name} is not bound to the tenant`)
}

function floorless(table: CatalogTable): readonly string[] {
  const own = ownRows(table)
  const granted = table.rights.map(right => right.split(' ')[0]!).filter(role => !definerRoles.includes(role))
  const below = new Set([...granted, 'postern_owner', 'postern_reporting', 'postern_runtime'])
  const holds = table.policies.some(
    ({ permissive, command, using, check, roles: held }) =>
      !permissive &&
      command === '*' &&
      using === own &&
      check === own &&
      [...below].every(r => held.includes(r)),
  )
  return holds ? [] : ['no restrictive policy that names every role']
}

function unknownPolicies(catalog: Catalog): readonly string[] {
  const found = catalog.tables
    .flatMap(({ policies }) => policies)
    .filter(({ permissive, roles: given }) => permissive && given.some(role => definerRoles.includes(role)))
    .map(({ name, command, roles: given, using, check }) =>
      [`${name}:`, command, ...given, using, check].filter(part => part !== null).join(' '),
    )
  return differences(found, definerPolicies)
}

function keysThatTell(table: CatalogTable): readonly string[] {
  const keys = table.keys.map(key => ({ ...key, name: key.name.replace(/^postern\./, '') }))
  const telling = keys
    .filter(({ columns, name }) => !columns.includes(tenantColumn(table)) && !(name in keysWithoutTenant))
    .map(({ name }) => `the key ${name} lacks the tenant`)
  return [...telling, ...(keys.some(({ primary }) => primary) ? [] : ['no primary key'])]
}

function referencesAcross(catalog: Catalog): readonly string[] {
  const known = new Map(tenantTables(catalog).map(table => [`postern.${table.name}`, table]))
  return tenantTables(catalog).flatMap(table =>
    table.references.flatMap(({ name, columns, target, targetColumns }) => {
      const aim = known.get(target)
      if (aim === undefined) return []
      const at = columns.indexOf(tenantColumn(table))
      return at !== -1 && targetColumns[at] === tenantColumn(aim)
        ? []
        : [`${table.name}: ${name} crosses tenants`]
    }),
  )
}

function rightsAstray({ tables, others, schemaRights }: Catalog): readonly string[] {
  const usable = ['postern_access', 'postern_reporting', 'postern_resolver', 'postern_runtime']
  return [
    ...tables.flatMap(({ name, rights: held }) =>
      differences(held, rights[name] ?? []).map(each => `${name}: ${each}`),
    ),
    ...others.flatMap(({ name, rights: held }) => held.map(right => `${name}: ${right}`)),
    ...differences(
      schemaRights,
      usable.map(role => `${role} USAGE`),
    ),
  ]
}

/** These look at no policy, or let their holder run code in the transactions of others. */
function dangerousRights({ tables, others }: Catalog): readonly string[] {
  return [...tables, ...others].flatMap(({ name, rights: held }) =>
    held
      .filter(right => /^PUBLIC | (TRUNCATE|REFERENCES|TRIGGER|MAINTAIN)\b/.test(right))
      .map(right => `${name}: ${right}`),
  )
}

function looseFunctions({ functions }: Catalog): readonly string[] {
  const found = functions
    .filter(({ definer }) => definer)
    .map(({ name, owner, callers }) => `${name}: ${owner} for ${callers.join(', ')}`)
  const loose = functions.filter(({ definer, owner, settings }) => {
    const trusted = definer || definerRoles.includes(owner)
    return trusted && !settings.includes('search_path=pg_catalog, pg_temp')
  })
  return [
    ...differences(found, definers),
    ...loose.map(({ name }) => `${name} looks names up where its caller says`),
    ...functions
      .filter(({ callers }) => callers.includes('PUBLIC'))
      .map(({ name }) => `${name} is for everybody`),
  ]
}

function looseViews({ others }: Catalog): readonly string[] {
  return others
    .filter(({ kind, invoker }) => kind === 'm' || kind === 'f' || (kind === 'v' && !invoker))
    .map(({ name }) => `${name} shows what its owner sees`)
}

function strongRoles(catalog: Catalog): readonly string[] {
  const found = catalog.roles.map(({ name, login, strong, inherits, memberOf }) =>
    [
      name,
      ...(strong ? ['is strong'] : []),
      ...(login ? ['logs in'] : []),
      ...(memberOf.length === 0
        ? []
        : [`as ${memberOf.join(', ')} ${inherits ? 'always' : 'when it says so'}`]),
    ].join(' '),
  )
  return differences(found, roles)
}

function ownRows(table: CatalogTable): string {
  return `(${tenantColumn(table)} = ( SELECT postern.current_tenant() AS current_tenant))`
}

function differences(found: readonly string[], expected: readonly string[]): readonly string[] {
  return [
    ...found.filter(each => !expected.includes(each)).map(each => `not agreed: ${each}`),
    ...expected.filter(each => !found.includes(each)).map(each => `missing: ${each}`),
  ]
}
