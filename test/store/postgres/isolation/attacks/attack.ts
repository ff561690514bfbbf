import type { BoundRole, Column, TenantTable } from '../plan.ts'
import type { Outcome, Row, Scene } from '../scene.ts'

/**
 * What someone tries on one table as one role, in a tenant of their own. Answers a sentence for each thing that they
 * should not have learned or done, or that they should have been able to do: none at all when isolation holds.
 */
export type Attack = {
  readonly name: string
  readonly leaks: (scene: Scene, table: TenantTable, role: BoundRole) => Promise<readonly string[]>
}

export type Right = 'readers' | 'inserters' | 'updaters'

/** Only the runtime and the reporting role have policies; the owner is bound and sees nothing at all. */
export function sees(role: BoundRole): boolean {
  return role !== 'postern_owner'
}

export function mayUse(table: TenantTable, role: BoundRole, right: Right): boolean {
  return table.columns.some(column => !column.generated && column[right].includes(role))
}

/** The columns that the role has this right to, or all of them where it has none and must be refused. */
export function columnsFor(table: TenantTable, role: BoundRole, right: Right): string {
  const writable = (column: Column) => right === 'readers' || !column.generated
  const all = table.columns.filter(writable)
  const allowed = all.filter(column => column[right].includes(role))
  return (allowed.length === 0 ? all : allowed).map(({ name }) => `"${name}"`).join(', ')
}

/** Adds a row given as JSON in $1. */
export function insertText(table: TenantTable, role: BoundRole): string {
  const columns = columnsFor(table, role, 'inserters')
  const source = `jsonb_populate_record(NULL::postern.${table.name}, $1::jsonb)`
  return `INSERT INTO postern.${table.name} (${columns}) SELECT ${columns} FROM ${source}`
}

/** Sets every column that the role may write to itself. */
export function touchText(table: TenantTable, role: BoundRole): string {
  const columns = columnsFor(table, role, 'updaters').split(', ')
  return `UPDATE postern.${table.name} SET ${columns.map(column => `${column} = ${table.name}.${column}`).join(', ')}`
}

/** Takes a row away as if it had never been, past foreign keys and guards. */
export function withoutRow(table: TenantTable, row: Row): string {
  const key = table.keys[0]!.columns.map(column => `"${column}" = '${row[column]}'`).join(' AND ')
  return `SET LOCAL session_replication_role = replica; DELETE FROM postern.${table.name} WHERE ${key};
          SET LOCAL session_replication_role = origin`
}

/** A statement that must be refused before it looks at anything. */
export function unlessDenied(what: string, { error, told }: Outcome): readonly string[] {
  return [...(error === '42501' ? [] : [`${what}: ${error ?? 'succeeds'}`]), ...unlessSilent(what, { told })]
}

/** A statement that must find nothing of the other tenant, or be refused. */
export function unlessNothing(what: string, { error, count, told }: Outcome): readonly string[] {
  const found = error === null ? count > 0 : error !== '42501'
  return [...(found ? [`${what}: ${error ?? `${count} rows`}`] : []), ...unlessSilent(what, { told })]
}

export function unlessSilent(what: string, { told }: Pick<Outcome, 'told'>): readonly string[] {
  return told.length === 0 ? [] : [`${what}: tells ${told.length} values of the other tenant`]
}
