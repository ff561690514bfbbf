import { v7 } from 'uuid'
import type { BoundRole, Key, TenantTable } from '../plan.ts'
import type { Row, Scene } from '../scene.ts'
import type { Attack } from './attack.ts'
import { insertText, mayUse, unlessSilent, withoutRow } from './attack.ts'

/** Keys are checked past row level security, so each could tell or tie what belongs to another tenant. */
export const keyAttacks: readonly Attack[] = [
  { name: 'refer to a row', leaks: refer },
  { name: 'guess a key', leaks: guessKey },
  { name: 'use a key twice', leaks: useKeyTwice },
]

/** A key into another tenant is the same as a key to nothing. */
async function refer(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (!mayUse(table, role, 'inserters') || role === 'postern_owner') return []
  const leaks: string[] = []
  for (const { name, columns } of table.references) {
    const filled = (row: Row) => columns.every(column => row[column] !== null)
    const [own, foreign] = [scene.mine(table).find(filled)!, scene.theirs(table).find(filled)!]
    const others = columns.filter(column => column !== table.tenantColumn)
    const answers: string[] = []
    for (const borrowed of [others, others.slice(-1)]) {
      for (const source of [foreign, Object.fromEntries(borrowed.map(column => [column, v7()]))]) {
        answers.push(
          (await insertInstead(scene, table, role, own, { ...pick(source, borrowed) })) ?? 'accepted',
        )
      }
    }
    // A check of the row itself may come first, as long as the key is what refuses in the end.
    if (answers.some(answer => answer !== '23503' && answer !== '23514') || !answers.includes('23503'))
      leaks.push(`${name}: ${answers.join(', ')}`)
    if (answers[0] !== answers[1] || answers[2] !== answers[3]) leaks.push(`${name}: tells what exists`)
  }
  return leaks
}

/** What another tenant has taken is still free here. */
async function guessKey(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (!mayUse(table, role, 'inserters') || role === 'postern_owner') return []
  const leaks: string[] = []
  for (const { name, columns } of table.keys.filter(key => key.columns.includes(table.tenantColumn))) {
    const others = columns.filter(column => column !== table.tenantColumn && !isGenerated(table, column))
    if (others.length === 0) continue
    const [own, foreign] = [scene.mine(table)[0]!, scene.theirs(table)[0]!]
    const answer = await insertInstead(scene, table, role, own, pick(foreign, others))
    if (answer === '23505') leaks.push(`${name}: tells what the other tenant has`)
    if (answer === '42501') leaks.push(`${name}: cannot be tried`)
  }
  return leaks
}

/** Within the tenant each key still holds. */
async function useKeyTwice(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (!mayUse(table, role, 'inserters') || role === 'postern_owner') return []
  const leaks: string[] = []
  for (const key of table.keys.filter(({ columns }) => columns.includes(table.tenantColumn))) {
    const row = scene.mine(table)[0]!
    const values = [JSON.stringify({ ...row, ...elsewhere(table, key, row) })]
    const outcome = await scene.attempt({ role, text: insertText(table, role), values })
    if (outcome.error !== '23505') leaks.push(`${key.name}: ${outcome.error ?? 'taken twice'}`)
    leaks.push(...unlessSilent(key.name, outcome))
  }
  return leaks
}

/** The answer to one's own row, taken away before, with some columns changed. */
async function insertInstead(scene: Scene, table: TenantTable, role: BoundRole, own: Row, change: Row) {
  const outcome = await scene.attempt({
    role,
    setUp: withoutRow(table, own),
    text: insertText(table, role),
    values: [JSON.stringify({ ...own, ...change })],
  })
  return outcome.error
}

/** Other values for the other keys of the row, so that only this one can be in the way. */
function elsewhere(table: TenantTable, { columns }: Key, row: Row): Row {
  const tied = table.references.flatMap(reference => reference.columns)
  const free = table.keys
    .flatMap(key => key.columns)
    .filter(column => !columns.includes(column) && !tied.includes(column) && !isGenerated(table, column))
  const isId = (name: string) => table.columns.some(column => column.name === name && column.type === 'uuid')
  return Object.fromEntries(free.map(column => [column, isId(column) ? v7() : `${row[column]}-again`]))
}

function isGenerated(table: TenantTable, name: string): boolean {
  return table.columns.some(column => column.name === name && column.generated)
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map(column => [column, row[column]]))
}
