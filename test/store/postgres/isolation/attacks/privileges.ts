import type { Scene } from '../scene.ts'
import { definers, rights } from '../sweep/expected.ts'

/** What the agreed rights leave out is refused, for each role, table, column and function; before any row is looked at. */
export async function exceedRights(scene: Scene, tables?: readonly string[]): Promise<readonly string[]> {
  return await astray(scene, false, tables)
}

/** What they grant is not refused. */
export async function useRights(scene: Scene, tables?: readonly string[]): Promise<readonly string[]> {
  return await astray(scene, true, tables)
}

const roles = ['postern_runtime', 'postern_reporting', 'postern_resolver', 'postern_access', 'postern_owner']

type Use = { readonly what: string; readonly text: string; readonly allowed: boolean }

async function astray(scene: Scene, allowed: boolean, tables?: readonly string[]) {
  const columns = await readColumns(scene, tables)
  const functions = await readFunctions(scene)
  const leaks: string[] = []
  for (const role of roles) {
    const uses = [
      ...(role === 'postern_owner' ? [] : tableUses(role, columns)),
      ...functionUses(role, functions),
    ]
    const tried = uses.filter(use => use.allowed === allowed)
    const answers = await scene.attemptEach(
      { role },
      tried.map(({ text }) => text),
    )
    leaks.push(
      ...tried
        .filter((_, index) => (answers[index]!.error !== '42501') !== allowed)
        .map(({ what }) => `${role} ${allowed ? 'cannot' : 'can'} ${what}`),
    )
  }
  return leaks
}

type ColumnName = { readonly table: string; readonly column: string; readonly generated: boolean }

/** Nothing is read or written: Postgres asks for the right before it sees that there is nothing to do. */
function tableUses(role: string, columns: readonly ColumnName[]): readonly Use[] {
  const tables = [...new Set(columns.map(({ table }) => table))]
  const may = (table: string, privilege: string) => rights[table]?.includes(`${role} ${privilege}`) ?? false
  const mayColumn = (table: string, privilege: string, column: string) => {
    const named = rights[table]?.find(right => right.startsWith(`${role} ${privilege} (`))
    const listed = named?.slice(named.indexOf('(') + 1, -1).split(', ')
    return may(table, privilege) || (listed?.includes(column) ?? false)
  }
  const ofColumn = ({ table, column, generated }: ColumnName): readonly Use[] => {
    const use = (privilege: string, text: string) => ({
      what: `${privilege} ${table}.${column}`,
      text,
      allowed: mayColumn(table, privilege, column),
    })
    const name = `postern.${table}`
    const reading = [use('SELECT', `SELECT "${column}" FROM ${name} WHERE false`)]
    if (generated) return reading
    return [
      ...reading,
      use('INSERT', `INSERT INTO ${name} ("${column}") SELECT NULL WHERE false`),
      use('UPDATE', `UPDATE ${name} SET "${column}" = DEFAULT WHERE false`),
    ]
  }
  const ofTable = (table: string): readonly Use[] => [
    {
      what: `DELETE ${table}`,
      text: `DELETE FROM postern.${table} WHERE false`,
      allowed: may(table, 'DELETE'),
    },
    { what: `TRUNCATE ${table}`, text: `TRUNCATE postern.${table}`, allowed: false },
  ]
  return [...columns.flatMap(ofColumn), ...tables.flatMap(ofTable)]
}

type FunctionCall = { readonly call: string; readonly signature: string }

/** Functions that run with the rights of their owner; one that is nowhere in the list is nobody's. */
function functionUses(role: string, functions: readonly FunctionCall[]): readonly Use[] {
  return functions.map(({ call, signature }) => {
    const agreed = definers.find(definer => definer.startsWith(`${signature}: `)) ?? ''
    const [owner, callers] = agreed.slice(signature.length + 2).split(' for ')
    return {
      what: `call ${signature}`,
      text: `SELECT ${call}`,
      allowed: owner === role || (callers ?? '').split(', ').includes(role),
    }
  })
}

async function readColumns(scene: Scene, tables?: readonly string[]): Promise<readonly ColumnName[]> {
  const { rows } = await scene.witness(
    `
    SELECT c.relname AS table, a.attname AS column, a.attgenerated <> '' OR a.attidentity = 'a' AS generated
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'postern'::regnamespace AND c.relkind IN ('r', 'p')
       AND ($1::text[] IS NULL OR c.relname = ANY ($1))`,
    [tables ?? null],
  )
  return rows as unknown as readonly ColumnName[]
}

async function readFunctions(scene: Scene): Promise<readonly FunctionCall[]> {
  const { rows } = await scene.witness(`
    SELECT format('postern.%I(%s)', p.proname, (SELECT string_agg(format('NULL::%s', format_type(t, NULL)), ', ')
             FROM unnest(p.proargtypes::oid[]) t)) AS call,
           p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS signature
      FROM pg_proc p
     WHERE p.pronamespace = 'postern'::regnamespace AND p.prorettype <> 'trigger'::regtype
       AND p.prosecdef`)
  return rows as unknown as readonly FunctionCall[]
}
