import type { BoundRole, TenantTable } from '../plan.ts'
import type { Scene } from '../scene.ts'
import type { Attack } from './attack.ts'
import { columnsFor, mayUse, sees, unlessDenied, unlessNothing, unlessSilent } from './attack.ts'

/** Ways to see the rows of another tenant, to count them, or to keep them from their owner. */
export const readingAttacks: readonly Attack[] = [
  { name: 'read', leaks: read },
  { name: 'count', leaks: count },
  { name: 'copy out', leaks: copyOut },
  { name: 'explain', leaks: explain },
  { name: 'read statistics', leaks: readStatistics },
  { name: 'leak through a function', leaks: leakThroughFunction },
  { name: 'provoke an error that quotes', leaks: provokeError },
  { name: 'read in a subtransaction', leaks: readInSubtransaction },
  { name: 'read from a trigger', leaks: readFromTrigger },
  { name: 'turn row security off', leaks: turnRowSecurityOff },
  { name: 'go without a tenant', leaks: goWithoutTenant },
  { name: 'lock', leaks: lock },
]

/** All of one's own rows and nothing else: this also notices when a policy shows too little. */
export async function read(
  scene: Scene,
  table: TenantTable,
  role: BoundRole,
  setUp = '',
): Promise<readonly string[]> {
  const outcome = await scene.attempt({ role, setUp, text: selectText(table, role) })
  if (!mayUse(table, role, 'readers')) return unlessDenied('read without the right', outcome)
  const expected = sees(role) ? scene.mine(table).length : 0
  const odd = outcome.error !== null || outcome.count !== expected
  return [
    ...(odd ? [`read: ${outcome.error ?? `${outcome.count} rows instead of ${expected}`}`] : []),
    ...unlessSilent('read', outcome),
  ]
}

async function count(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const own = `${table.tenantColumn} = '${scene.tenants.mine}'`
  const leaks: string[] = []
  for (const text of [
    `SELECT FROM postern.${table.name} HAVING count(*) FILTER (WHERE NOT ${own}) > 0`,
    `SELECT WHERE EXISTS (SELECT FROM postern.${table.name} WHERE NOT ${own})`,
    `SELECT ${table.tenantColumn} FROM postern.${table.name} WHERE ${table.tenantColumn} = '${scene.tenants.theirs}'`,
  ]) {
    leaks.push(...unlessNothing('count', await scene.attempt({ role, text })))
  }
  return leaks
}

/** Whoever locks a row of another tenant can make that tenant wait. */
async function lock(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const leaks: string[] = []
  for (const strength of ['UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE']) {
    const text = `${selectText(table, role)} FOR ${strength}`
    const { outcome, touched } = await scene.touches({ role, text })
    if (touched) leaks.push(`lock for ${strength.toLowerCase()}: reaches rows of the other tenant`)
    leaks.push(...unlessSilent('lock', outcome))
  }
  return leaks
}

async function copyOut(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const columns = columnsFor(table, role, 'readers')
  const leaks: string[] = []
  for (const text of [
    `COPY postern.${table.name} (${columns}) TO STDOUT`,
    `COPY (${selectText(table, role)}) TO STDOUT`,
  ]) {
    const outcome = await scene.attempt({ role, text })
    const expected = sees(role) ? scene.mine(table).length : 0
    // Postgres cannot copy generated columns.
    if (outcome.error === null && outcome.count !== expected) leaks.push(`copy out: ${outcome.count} rows`)
    leaks.push(...unlessSilent('copy out', outcome))
  }
  return leaks
}

/** What a plan says was read above the policies is what one sees. Below them it tells how many rows were passed over. */
async function explain(scene: Scene, table: TenantTable, role: BoundRole): Promise<readonly string[]> {
  const text = `EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) ${selectText(table, role)}`
  const outcome = await scene.attempt({ role, text })
  const [plan] = (outcome.rows[0]?.['QUERY PLAN'] ?? []) as readonly { Plan: Record<string, unknown> }[]
  const expected = sees(role) ? scene.mine(table).length : 0
  const seen = plan?.Plan['Actual Rows'] ?? expected
  return [
    ...(seen === expected ? [] : [`explain: ${seen} rows instead of ${expected}`]),
    ...unlessSilent('explain', outcome),
  ]
}

async function readStatistics(scene: Scene, { name }: TenantTable, role: BoundRole) {
  const leaks: string[] = []
  for (const [view, column] of [
    ['pg_stats', 'tablename'],
    ['pg_stats_ext', 'tablename'],
    ['pg_stats_ext_exprs', 'tablename'],
  ]) {
    const text = `SELECT * FROM pg_catalog.${view} WHERE schemaname = 'postern' AND ${column} = '${name}'`
    leaks.push(...unlessNothing(view!, await scene.attempt({ role, text })))
  }
  for (const catalog of ['pg_statistic', 'pg_statistic_ext_data']) {
    leaks.push(
      ...unlessDenied(catalog, await scene.attempt({ role, text: `SELECT * FROM pg_catalog.${catalog}` })),
    )
  }
  return leaks
}

/** A function that tells its argument, made cheap, so that the planner would call it first if it could. */
async function leakThroughFunction(scene: Scene, table: TenantTable, role: BoundRole) {
  const text = `
    CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
      AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$;
    CREATE OPERATOR pg_temp.## (RIGHTARG = text, PROCEDURE = pg_temp.tell);
    SELECT FROM postern.${table.name} WHERE pg_temp.tell(${rowText(table, role)});
    SELECT FROM postern.${table.name} WHERE OPERATOR(pg_temp.##) ${rowText(table, role)}`
  return unlessSilent('function', await scene.attempt({ role, text }))
}

async function provokeError(scene: Scene, table: TenantTable, role: BoundRole) {
  const leaks: string[] = []
  for (const text of [
    `SELECT ${rowText(table, role)}::int FROM postern.${table.name}`,
    `SELECT FROM postern.${table.name} WHERE ${table.tenantColumn} = '${scene.tenants.theirs}'
        AND ${rowText(table, role)}::int = 1`,
  ]) {
    leaks.push(...unlessSilent('error', await scene.attempt({ role, text })))
  }
  return leaks
}

async function readInSubtransaction(scene: Scene, table: TenantTable, role: BoundRole) {
  const text = `DO $$ DECLARE seen record; BEGIN
    BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN
      FOR seen IN ${selectText(table, role)} LOOP RAISE NOTICE '%', seen; END LOOP;
    END; END $$`
  return unlessSilent('subtransaction', await scene.attempt({ role, text }))
}

async function readFromTrigger(scene: Scene, table: TenantTable, role: BoundRole) {
  const text = `
    CREATE TEMPORARY TABLE bait (n int);
    CREATE FUNCTION pg_temp.spring() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE seen record; BEGIN
      FOR seen IN ${selectText(table, role)} LOOP RAISE NOTICE '%', seen; END LOOP; RETURN NULL; END $$;
    CREATE TRIGGER sprung AFTER INSERT ON bait FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.spring();
    INSERT INTO bait VALUES (1)`
  return unlessSilent('trigger', await scene.attempt({ role, text }))
}

async function turnRowSecurityOff(scene: Scene, table: TenantTable, role: BoundRole) {
  const text = `SET LOCAL row_security = off; ${selectText(table, role)}`
  return unlessDenied('without row security', await scene.attempt({ role, text }))
}

/** Zero rows would look like a tenant that has nothing; the statement has to fail. The owner sees nothing anyway. */
async function goWithoutTenant(scene: Scene, table: TenantTable, role: BoundRole) {
  const outcome = await scene.attempt({ role, tenant: '', text: selectText(table, role) })
  if (!sees(role)) return unlessNothing('without a tenant', outcome)
  const refused = outcome.error === '22P02' || (!mayUse(table, role, 'readers') && outcome.error === '42501')
  return [
    ...(refused ? [] : [`without a tenant: ${outcome.error ?? 'succeeds'}`]),
    ...unlessSilent('without a tenant', outcome),
  ]
}

function selectText(table: TenantTable, role: BoundRole): string {
  return `SELECT ${columnsFor(table, role, 'readers')} FROM postern.${table.name}`
}

function rowText(table: TenantTable, role: BoundRole): string {
  return `ROW(${columnsFor(table, role, 'readers')})::text`
}
