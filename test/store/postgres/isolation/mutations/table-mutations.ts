import type { Plan } from '../plan.ts'
import type { Catalog, CatalogPolicy, CatalogTable } from '../sweep/catalog.ts'
import { tenantColumn } from '../sweep/rules.ts'

/** One thing that somebody might do to the schema, and that has to be noticed. */
export type Mutation = {
  readonly what: string
  /** As a superuser, inside a transaction that is rolled back. */
  readonly text: string
  /** The tables that are attacked afterwards; the schema as a whole is in any case. */
  readonly tables: readonly string[]
}

/** Everything that makes a tenant table one, taken away or loosened, piece by piece. */
export function tableMutations(plan: Plan, catalog: Catalog): readonly Mutation[] {
  const isTenants = new Set(plan.tables.map(({ name }) => name))
  const mutations = catalog.tables
    .filter(({ name }) => isTenants.has(name))
    .flatMap(table => [
      ...securityMutations(table),
      ...table.policies.flatMap(policy => policyMutations(table, policy)),
      ...keyMutations(table),
      ...referenceMutations(table, isTenants),
    ])
  return mutations.map(mutation => ({ ...mutation, tables: withDependents(plan, mutation.tables) }))
}

function securityMutations({ name }: CatalogTable): readonly Mutation[] {
  const alter = (what: string) => ({ what, text: `ALTER TABLE postern.${name} ${what}`, tables: [name] })
  return ['DISABLE ROW LEVEL SECURITY', 'NO FORCE ROW LEVEL SECURITY'].map(alter).map(named(name))
}

function policyMutations({ name }: CatalogTable, policy: CatalogPolicy): readonly Mutation[] {
  const using = policy.using === null ? '' : ' USING (true)'
  const check = policy.check === null ? '' : ' WITH CHECK (true)'
  const isOpen = [policy.using, policy.check].every(condition => condition === null || condition === 'true')
  const all: Mutation[] = [
    {
      what: `policy ${policy.name} dropped`,
      text: `DROP POLICY ${policy.name} ON postern.${name}`,
      tables: [name],
    },
  ]
  if (!isOpen) {
    all.push({
      what: `policy ${policy.name} made${using}${check}`,
      text: `ALTER POLICY ${policy.name} ON postern.${name}${using}${check}`,
      tables: [name],
    })
  }
  return all
}

function keyMutations(table: CatalogTable): readonly Mutation[] {
  return table.keys.flatMap(key => {
    const name = key.name.replace(/^postern\./, '')
    const drop = `ALTER TABLE postern.${table.name} DROP CONSTRAINT ${name} CASCADE`
    const rest = key.columns.filter(column => column !== tenantColumn(table))
    const all: Mutation[] = [{ what: `key ${name} dropped`, text: drop, tables: [table.name] }]
    if (rest.length > 0 && rest.length < key.columns.length) {
      all.push({
        what: `key ${name} narrowed to (${rest.join(', ')})`,
        text: `${drop}; ALTER TABLE postern.${table.name} ADD UNIQUE (${rest.join(', ')})`,
        tables: [table.name],
      })
    }
    return all
  })
}

/** A key of one column refers to any tenant's row. */
function referenceMutations(table: CatalogTable, isTenants: ReadonlySet<string>): readonly Mutation[] {
  return table.references.flatMap(({ name, columns, target, targetColumns }) => {
    const aim = target.replace(/^postern\./, '')
    if (!isTenants.has(aim) || columns.length === 1) return []
    const drop = `ALTER TABLE postern.${table.name} DROP CONSTRAINT ${name}`
    const [from, to] = [columns.at(-1)!, targetColumns.at(-1)!]
    return [
      { what: `reference ${name} dropped`, text: drop, tables: [table.name] },
      {
        what: `reference ${name} made of ${from} alone`,
        text: `${drop}; ALTER TABLE ${target} ADD UNIQUE (${to});
               ALTER TABLE postern.${table.name} ADD FOREIGN KEY (${from}) REFERENCES ${target} (${to})`,
        tables: [table.name],
      },
    ]
  })
}

function named(table: string): (mutation: Mutation) => Mutation {
  return mutation => ({ ...mutation, what: `${table}: ${mutation.what}` })
}

/** Dropping a key drops what refers to it. */
function withDependents(plan: Plan, tables: readonly string[]): readonly string[] {
  const dependents = plan.tables.filter(({ references }) =>
    references.some(({ target }) => tables.includes(target)),
  )
  return [...new Set([...tables, ...dependents.map(({ name }) => name)])]
}
