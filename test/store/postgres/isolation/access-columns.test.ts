import t from 'tap'
import { readAccessText } from '../../../../src/store/postgres/queries/access.ts'
import { createTestDatabase, withClient } from '../../../support/database.ts'
import { readPlan } from './plan.ts'

/** Tables whose new rows change no access document, and why. */
const insertsUnguarded: Readonly<Record<string, string>> = {
  custom_roles: 'nobody has the role yet, and it allows nothing',
  operators: 'a grant refers to its operator, so there is none yet',
  services: 'no tenant has let it in yet',
  tenants: 'nobody has a place in it yet',
  users: 'no identity names them yet',
}

/** Columns that are no part of what a change has to announce, and why. */
const columnsUnguarded: Readonly<Record<string, string>> = {
  'tenants.access_version': 'it is what an announcement changes, and only that can',
}

const { ownerUrl } = await createTestDatabase(t)

/** A view depends on every column that its query reads, wherever in the query that is. */
const columnsRead = `
  SELECT DISTINCT c.relname AS table, a.attname AS column
    FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid AND c.relnamespace = 'postern'::regnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
   WHERE r.ev_class = 'public.access_document'::regclass ORDER BY 1, 2`

const { read, guards } = await withClient(ownerUrl, async client => {
  const text = readAccessText.replaceAll('$3', "'00000000-0000-0000-0000-000000000000'::uuid")
  await client.query(`CREATE VIEW public.access_document AS ${text.replaceAll(/\$[12]/g, "''::text")}`)
  const { rows } = await client.query<{ table: string; column: string }>(columnsRead)
  return { read: rows, guards: (await readPlan(client)).guards }
})
const tables = [...new Set(read.map(({ table }) => table))]

t.test('the columns that an access document is made of are found in its query', async t => {
  for (const expected of [
    'tenants.plan',
    'plan_limit_overrides.max',
    'workspaces.deleted_at',
    'operators.revoked_at',
  ])
    t.ok(
      read.some(({ table, column }) => `${table}.${column}` === expected),
      expected,
    )
})

t.test('no column of an access document changes unannounced', async t => {
  for (const { table, column } of read) {
    if (`${table}.${column}` in columnsUnguarded) continue
    const guard = guards.find(each => each.table === table)
    t.ok(guard?.updateOf.includes(column), `an update of ${table}.${column} is guarded`)
  }
})

t.test('no row of an access document comes or goes unannounced', async t => {
  for (const table of tables) {
    const guard = guards.find(each => each.table === table)
    t.ok(guard?.onDelete, `a delete from ${table} is guarded`)
    t.ok(guard?.onInsert || table in insertsUnguarded, `an insert into ${table} is guarded`)
  }
})

t.test('what is left out on purpose is really left out', async t => {
  for (const table of Object.keys(insertsUnguarded))
    t.match(
      guards.find(each => each.table === table),
      { onInsert: false },
      `${table}: else strike it off the list`,
    )
})
