import type { BoundRole, TenantTable } from '../plan.ts'
import type { Scene } from '../scene.ts'
import type { Attack } from './attack.ts'
import { insertText, mayUse, sees, touchText, unlessDenied, withoutRow } from './attack.ts'
import { read } from './reading.ts'
import { insert, update } from './writing.ts'

/** The other side of isolation: what a role is there to do in its own tenant it can do, and each layer holds alone. */
export const rightsAttacks: readonly Attack[] = [
  { name: 'use its own rights', leaks: useOwnRights },
  { name: 'purge what can be restored', leaks: purgeEarly },
  { name: 'profit from a policy added by mistake', leaks: profitFromPolicy },
  { name: 'profit from a floor that is gone', leaks: profitFromMissingFloor },
]

async function useOwnRights(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (!sees(role)) return []
  const rows = scene.mine(table)
  const leaks: string[] = []
  if (mayUse(table, role, 'updaters')) {
    const { error, count } = await scene.attempt({ role, text: touchText(table, role) })
    if (count !== rows.length) leaks.push(`cannot update its own rows: ${error ?? `${count} rows`}`)
  }
  if (mayUse(table, role, 'inserters')) {
    const setUp = withoutRow(table, rows[0]!)
    const values = [JSON.stringify(rows[0])]
    const { error } = await scene.attempt({ role, setUp, text: insertText(table, role), values })
    if (error !== null) leaks.push(`cannot insert a row of its own: ${error}`)
  }
  if (table.deleters.includes(role)) {
    const { error, count } = await scene.attempt({ role, text: `DELETE FROM postern.${table.name}` })
    // A custom role that someone has stays.
    if (error !== '23503' && count === 0) leaks.push(`cannot delete its own rows: ${error ?? 'none'}`)
  }
  return leaks
}

async function purgeEarly(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (!table.deleters.includes(role) || !table.columns.some(({ name }) => name === 'purge_after')) return []
  const text = `DELETE FROM postern.${table.name} RETURNING coalesce(purge_after <= now(), false) AS due`
  const { rows } = await scene.attempt({ role, text })
  return rows.every(({ due }) => due === true) ? [] : ['deletes what could still be restored']
}

/** The restrictive floor has to hold without the others. */
async function profitFromPolicy(scene: Scene, table: TenantTable, role: BoundRole) {
  const setUp = `CREATE POLICY mistake ON postern.${table.name} TO ${role} USING (true) WITH CHECK (true)`
  const columns = table.columns.filter(column => column.readers.includes(role)).map(({ name }) => name)
  const text = `SELECT ${columns.length === 0 ? 1 : columns.join(', ')} FROM postern.${table.name}`
  const seen = await scene.attempt({ role, setUp, text })
  const values = [JSON.stringify(scene.theirs(table)[0])]
  const added = await scene.attempt({ role, setUp, text: insertText(table, role), values })
  const expected = columns.length === 0 ? 0 : scene.mine(table).length
  return [
    ...(seen.count === expected && seen.told.length === 0 ? [] : ['a policy too many opens the table']),
    ...unlessDenied('insert by a policy too many', added),
  ]
}

/** The permissive policies have to hold without the floor. */
async function profitFromMissingFloor(scene: Scene, table: TenantTable, role: BoundRole) {
  const setUp = `DROP POLICY IF EXISTS ${table.name}_floor ON postern.${table.name}`
  const leaks: string[] = []
  for (const attack of [read, insert, update]) leaks.push(...(await attack(scene, table, role, setUp)))
  return leaks.map(leak => `without the floor: ${leak}`)
}
