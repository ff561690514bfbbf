import type { Plan } from '../plan.ts'
import type { Catalog, CatalogTable } from '../sweep/catalog.ts'
import type { Mutation } from './table-mutations.ts'

/** Each right that was granted, taken away; and the ones that must not be, granted. */
export function rightsMutations(plan: Plan, catalog: Catalog): readonly Mutation[] {
  const tenantTables = new Set(plan.tables.map(({ name }) => name))
  return catalog.tables.flatMap(table => {
    const mutations = [...revoked(table), ...widened(table, tenantTables.has(table.name))]
    return mutations.map(mutation => ({ ...mutation, tables: [table.name] }))
  })
}

type Unaimed = Omit<Mutation, 'tables'>

function revoked({ name, rights }: CatalogTable): readonly Unaimed[] {
  return rights.map(right => {
    const [role, ...privilege] = right.split(' ')
    const what = `${privilege.join(' ')} on ${name}`
    return { what: `${what} revoked from ${role}`, text: `REVOKE ${onTable(name, privilege)} FROM ${role}` }
  })
}

function widened({ name, rights }: CatalogTable, isTenants: boolean): readonly Unaimed[] {
  const held = new Set(rights)
  const grants: [string, string][] = [
    ['TRUNCATE', 'postern_runtime'],
    ['SELECT', 'PUBLIC'],
  ]
  if (isTenants) grants.push(['TRIGGER', 'postern_runtime'], ['REFERENCES', 'postern_runtime'])
  for (const privilege of ['SELECT', 'INSERT', 'UPDATE', 'DELETE']) {
    grants.push([privilege, 'postern_runtime'], [privilege, 'postern_reporting'])
  }
  return grants
    .filter(([privilege, role]) => !held.has(`${role} ${privilege}`))
    .map(([privilege, role]) => ({
      what: `${privilege} on ${name} granted to ${role}`,
      text: `GRANT ${privilege} ON postern.${name} TO ${role}`,
    }))
}

/** "UPDATE (name, status)" names columns as GRANT does. */
function onTable(name: string, privilege: readonly string[]): string {
  return `${privilege.join(' ')} ON postern.${name}`
}
