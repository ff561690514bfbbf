import pg from 'pg'
import { readAccessText } from '../../src/store/postgres/queries/access.ts'
import { median } from '../load/samples.ts'
import type { Principal } from './principals.ts'

/** How Postgres goes about the query for one principal; figures are medians over several principals. */
export type PlanShape = {
  readonly planningMs: number
  readonly executionMs: number
  readonly buffersHit: number
  readonly buffersRead: number
  /** How many there are of each type of node. */
  readonly nodes: Readonly<Record<string, number>>
  readonly indexes: readonly string[]
  readonly sequentialScans: readonly string[]
}

type Node = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly Node[]
}
type Explained = { readonly Plan: Node; readonly 'Planning Time': number; readonly 'Execution Time': number }

/** A table of so many rows is read through an index, or the bench fails: it grows with the number of tenants. */
const rowsScannedMax = 1000

/**
 * Explains the query of access documents to whoever `client` is logged in as.
 *
 * @param mode custom: planned for its values, as it is without a name; generic: planned once for all, as it is when it
 *   was prepared and run a few times
 */
export async function explainAccess(
  client: pg.Client,
  principals: readonly Principal[],
  mode: 'custom' | 'generic',
): Promise<PlanShape> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL plan_cache_mode = force_${mode}_plan`)
  await client.query(`PREPARE explained AS ${readAccessText}`)
  const all: Explained[] = []
  for (const { issuer, subject, tenantId } of principals) {
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId])
    const values = [issuer, subject, tenantId].map(value => pg.escapeLiteral(value))
    const { rows } = await client.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained (${values.join(', ')})`,
    )
    all.push(rows[0]['QUERY PLAN'][0])
  }
  await client.query('DEALLOCATE explained')
  await client.query('ROLLBACK')
  return shapeOf(all)
}

/** Throws where the plan reads a table from end to end that is not small. */
export async function assertIndexed(client: pg.Client, { sequentialScans }: PlanShape): Promise<void> {
  const large = await client.query<{ name: string; rows: number }>(
    `SELECT relname AS name, reltuples AS rows FROM pg_catalog.pg_class
      WHERE relnamespace = 'postern'::regnamespace AND relname = ANY ($1) AND reltuples > $2`,
    [sequentialScans, rowsScannedMax],
  )
  for (const { name, rows } of large.rows)
    throw new Error(`the query of access documents reads all ${rows} rows of ${name}`)
}

function shapeOf(all: readonly Explained[]): PlanShape {
  const nodes: Record<string, number> = {}
  const indexes = new Set<string>()
  const sequentialScans = new Set<string>()
  for (const { Plan } of all.slice(-1))
    for (const node of nodesOf(Plan)) nodes[node['Node Type']] = (nodes[node['Node Type']] ?? 0) + 1
  for (const node of all.flatMap(({ Plan }) => nodesOf(Plan))) {
    if (node['Index Name'] !== undefined) indexes.add(node['Index Name'])
    if (node['Node Type'] === 'Seq Scan') sequentialScans.add(node['Relation Name']!)
  }
  const middle = (of: (one: Explained) => number) => median(all.map(of))
  return {
    planningMs: middle(one => one['Planning Time']),
    executionMs: middle(one => one['Execution Time']),
    buffersHit: middle(one => one.Plan['Shared Hit Blocks'] ?? 0),
    buffersRead: middle(one => one.Plan['Shared Read Blocks'] ?? 0),
    nodes,
    indexes: [...indexes].sort(),
    sequentialScans: [...sequentialScans].sort(),
  }
}

function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
