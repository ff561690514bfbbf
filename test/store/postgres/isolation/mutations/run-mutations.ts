import type pg from 'pg'
import type { TwoTenants } from '../../../../support/two-tenants.ts'
import { schemaAttacks } from '../attacks/schema-attacks.ts'
import { tableAttacks } from '../attacks/table-attacks.ts'
import { boundRoles, readPlan } from '../plan.ts'
import { Scene } from '../scene.ts'
import { readCatalog } from '../sweep/catalog.ts'
import { rules } from '../sweep/rules.ts'
import { rightsMutations } from './rights-mutations.ts'
import { schemaMutations } from './schema-mutations.ts'
import type { Mutation } from './table-mutations.ts'
import { tableMutations } from './table-mutations.ts'

export type MutationResult = {
  readonly what: string
  /** The first attack that noticed it, and the first rule of the sweep. */
  readonly attack: string | null
  readonly rule: string | null
}

/** Everything that we know how to break, in the schema as it is. */
export async function listMutations(client: pg.Client): Promise<readonly Mutation[]> {
  const plan = await readPlan(client)
  const catalog = await readCatalog(client)
  return [
    ...tableMutations(plan, catalog),
    ...rightsMutations(plan, catalog),
    ...(await schemaMutations(client, catalog)),
  ]
}

/**
 * Breaks the schema in these ways, one at a time, and sees who notices. All of it in a transaction that is rolled
 * back: nothing stays, and others who change our roles wait for the end of one mutation at most.
 *
 * @param suspects the attack that noticed a mutation before, by the mutation: no other is tried then. Null: none did
 */
export async function runMutations(
  client: pg.Client,
  tenants: TwoTenants,
  mutations: readonly Mutation[],
  suspects: ReadonlyMap<string, string | null> = new Map(),
): Promise<readonly MutationResult[]> {
  const plan = await readPlan(client)
  const scene = await Scene.open(client, plan, tenants)
  try {
    const attackers = createAttackers(scene)
    const results: MutationResult[] = []
    for (const { what, text, tables } of mutations) {
      const noticed = await scene.changed(text, async () => {
        const changed = await readCatalog(client)
        const rule = rules.find(({ breaches }) => breaches(changed).length > 0)?.name ?? null
        return { rule, attack: await attackers.first(tables, suspects.get(what)) }
      })
      results.push({ what, ...noticed })
    }
    return results
  } finally {
    await scene.close()
  }
}

/**
 * Tries attacks until one notices something. Like follows like: what noticed the last mutation is tried first on the
 * next, which makes the whole run several times as fast.
 */
function createAttackers(scene: Scene) {
  const onTables = tableAttacks.map(attack => ({
    name: attack.name,
    async notices(names: readonly string[]) {
      for (const table of scene.plan.tables.filter(({ name }) => names.includes(name))) {
        for (const role of boundRoles) if ((await attack.leaks(scene, table, role)).length > 0) return true
      }
      return false
    },
  }))
  const onSchema = schemaAttacks.map(attack => ({
    name: attack.name,
    async notices(names: readonly string[]) {
      return (await attack.leaks(scene, names)).length > 0
    },
  }))
  const order = [...onTables, ...onSchema]
  return {
    async first(names: readonly string[], suspect?: string | null): Promise<string | null> {
      for (const [index, attack] of order.entries()) {
        if (suspect !== undefined && suspect !== attack.name) continue
        if (!(await attack.notices(names))) continue
        // Reading stays the first: it says most, and it is cheap.
        if (index > 1) order.splice(1, 0, ...order.splice(index, 1))
        return attack.name
      }
      return null
    },
  }
}
