import type { BoundRole, TenantTable } from '../plan.ts'
import type { Scene } from '../scene.ts'
import type { Attack } from './attack.ts'
import { columnsFor, insertText, mayUse, sees, touchText, unlessDenied, unlessNothing } from './attack.ts'

/** Ways to change what another tenant has, to give it something, or to take something from it. */
export const writingAttacks: readonly Attack[] = [
  { name: 'update', leaks: update },
  { name: 'update from', leaks: updateFrom },
  { name: 'delete', leaks: remove },
  { name: 'merge', leaks: merge },
  { name: 'insert', leaks: insert },
  { name: 'guess by conflict', leaks: guessByConflict },
  { name: 'move', leaks: move },
  { name: 'copy in', leaks: copyIn },
  { name: 'truncate', leaks: truncate },
  { name: 'attach a trigger', leaks: attachTrigger },
  { name: 'write without a tenant', leaks: writeWithoutTenant },
]

export async function update(
  scene: Scene,
  table: TenantTable,
  role: BoundRole,
  setUp = '',
): Promise<readonly string[]> {
  const theirs = `${table.tenantColumn} = '${scene.tenants.theirs}'`
  const aimed = await scene.attempt({ role, setUp, text: `${touchText(table, role)} WHERE ${theirs}` })
  const { touched } = await scene.touches({ role, setUp, text: touchText(table, role) })
  return [
    ...unlessNothing('update', aimed),
    ...(touched ? ['update of everything: reaches rows of the other tenant'] : []),
  ]
}

async function updateFrom(scene: Scene, table: TenantTable, role: BoundRole) {
  const text = `${touchText(table, role)} FROM postern.${table.name} other
    WHERE other.${table.tenantColumn} <> '${scene.tenants.mine}' RETURNING other.${table.tenantColumn}`
  return unlessNothing('update from', await scene.attempt({ role, text }))
}

/** Cascades run with the rights of the owner, past every policy: so the footprint is taken of all tables. */
async function remove(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const aimed = await scene.attempt({
    role,
    text: `DELETE FROM postern.${table.name} WHERE ${table.tenantColumn} = '${scene.tenants.theirs}'`,
  })
  const { touched } = await scene.touches({ role, text: `DELETE FROM postern.${table.name}` })
  return [
    ...unlessNothing('delete', aimed),
    ...(touched ? ['delete of everything: reaches rows of the other tenant'] : []),
  ]
}

async function merge(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const [column] = columnsFor(table, role, 'updaters').split(', ')
  const on = `ON t.${table.tenantColumn} = '${scene.tenants.theirs}'`
  const leaks: string[] = []
  for (const action of ['DELETE', `UPDATE SET ${column} = t.${column}`]) {
    const text = `MERGE INTO postern.${table.name} t USING (SELECT 1) s ${on} WHEN MATCHED THEN ${action}`
    leaks.push(...unlessNothing('merge', await scene.attempt({ role, text })))
  }
  return leaks
}

/** Refused before any key is looked at: a row that is there already and one that is not get the same answer. */
export async function insert(
  scene: Scene,
  table: TenantTable,
  role: BoundRole,
  setUp = '',
): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const row of scene.theirs(table)) {
    const text = insertText(table, role)
    const outcome = await scene.attempt({ role, setUp, text, values: [JSON.stringify(row)] })
    leaks.push(...unlessDenied('insert', outcome))
  }
  return leaks
}

async function guessByConflict(scene: Scene, table: TenantTable, role: BoundRole) {
  const key = table.keys[0]!.columns.map(column => `"${column}"`).join(', ')
  const [column] = columnsFor(table, role, 'updaters').split(', ')
  const leaks: string[] = []
  for (const action of ['DO NOTHING', `(${key}) DO UPDATE SET ${column} = excluded.${column}`]) {
    const values = [JSON.stringify(scene.theirs(table)[0])]
    const text = `${insertText(table, role)} ON CONFLICT ${action}`
    const outcome = await scene.attempt({ role, text, values })
    // Without a key to conflict with the statement means nothing.
    if (outcome.error !== '42P10') leaks.push(...unlessDenied('insert on conflict', outcome))
  }
  return leaks
}

async function move(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const { mine, theirs } = scene.tenants
  const change = (from: string, to: string) =>
    `UPDATE postern.${table.name} SET ${table.tenantColumn} = '${to}' WHERE ${table.tenantColumn} = '${from}'`
  const out = await scene.attempt({ role, text: change(mine, theirs) })
  const into = await scene.attempt({ role, text: change(theirs, mine) })
  const leaks = sees(role) ? unlessDenied('move out', out) : unlessNothing('move out', out)
  return [...leaks, ...unlessNothing('move in', into)]
}

async function copyIn(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const { error } = await scene.attempt({ role, text: `COPY postern.${table.name} FROM STDIN` })
  return error === '0A000' || error === '42501' ? [] : [`copy in: ${error ?? 'succeeds'}`]
}

/** TRUNCATE knows no policy. The owner of a table cannot be kept from it, and cannot log in. */
async function truncate(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  if (role === 'postern_owner') return []
  const text = `TRUNCATE postern.${table.name}`
  return unlessDenied('truncate', await scene.attempt({ role, text }))
}

/** A trigger would run in the transactions of the other tenant. */
async function attachTrigger(scene: Scene, table: TenantTable, role: BoundRole) {
  if (role === 'postern_owner') return []
  const text = `
    CREATE FUNCTION pg_temp.listen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER listening AFTER INSERT ON postern.${table.name} EXECUTE FUNCTION pg_temp.listen()`
  return unlessDenied('attach a trigger', await scene.attempt({ role, text }))
}

async function writeWithoutTenant(scene: Scene, table: TenantTable, role: BoundRole) {
  if (!sees(role)) return []
  const leaks: string[] = []
  for (const [may, text] of [
    [mayUse(table, role, 'updaters'), touchText(table, role)],
    [table.deleters.includes(role), `DELETE FROM postern.${table.name}`],
    [mayUse(table, role, 'inserters'), insertText(table, role)],
  ] as const) {
    const values = text.startsWith('INSERT') ? [JSON.stringify(scene.theirs(table)[0])] : []
    const { error } = await scene.attempt({ role, tenant: '', text, values })
    if (error !== (may ? '22P02' : '42501')) leaks.push(`write without a tenant: ${error ?? 'succeeds'}`)
  }
  return leaks
}
