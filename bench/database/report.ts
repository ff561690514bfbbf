import type { Figure } from '../compare/figures.ts'
import { figure } from '../compare/figures.ts'
import { machineLine, spread } from '../compare/table.ts'
import type { Summary } from '../load/samples.ts'
import type { Machine } from '../machine.ts'
import type { AccessMeasured, Sides } from './access.ts'
import type { DatabaseMeasured } from './measure.ts'
import type { Bystander } from './migration.ts'
import type { PlanShape } from './plan.ts'

const namedMost = 4

/** What was measured of the database, in Markdown. */
export function databaseReport(machine: Machine, measured: DatabaseMeasured): string {
  const { postgres, sizes, usersPerTenant, migration } = measured
  const { access } = sizes[0]!
  return [
    machineLine(machine),
    ...(machine.busy > machine.cores / 2
      ? ['', 'The machine had other work: compare ratios, not times.']
      : []),
    '',
    `Postgres ${postgres}, embedded, with the settings it has by default (shared_buffers 128 MB, fsync on), over TCP on ` +
      `127.0.0.1; ${usersPerTenant} users and 3 workspaces in a tenant on average, few tenants large and most small.`,
    '',
    '## Access documents, and what row level security costs',
    '',
    `${access.principals} principals, each tenant as likely as any other, caches warm; ${access.ways[0]!.slices.length} slices, ` +
      'each principal under row level security (RLS), as the runtime role, and as a role that bypasses it, one right ' +
      'after the other; medians, (least–most). The answers were compared first: they are the same. The ratio is that of ' +
      'the two in one slice.',
    '',
    '| tenants | | p50, RLS | p50, bypassed | ratio | p99, RLS | p99, bypassed | ratio |',
    '|---:|---|---:|---:|---:|---:|---:|---:|',
    ...sizes.flatMap(size => size.access.ways.map(way => accessRow(size.tenants, way))),
    '',
    'The whole transaction is what a control plane runs for a document. Alone: without BEGIN, the statement that sets ' +
      'the tenant, and COMMIT. Prepared: by name, so that Postgres plans it once on each connection and not each time.',
    '',
    '## How Postgres goes about it',
    '',
    '| tenants | planned | | planning | execution | buffers | nodes | indexes | read from end to end |',
    '|---:|---|---|---:|---:|---:|---:|---:|---|',
    ...sizes.flatMap(({ tenants, access: { plans } }) => [
      ...planRows(tenants, 'each time', plans.custom),
      ...planRows(tenants, 'once', plans.generic),
    ]),
    '',
    `Under RLS at ${sizes.at(-1)!.tenants} tenants: ${shape(sizes.at(-1)!.access.plans.custom.bound)}`,
    '',
    'The bench fails where a table of more than a thousand rows is read from end to end.',
    '',
    '## Generating',
    '',
    '| tenants | members | rows | seconds |',
    '|---:|---:|---:|---:|',
    ...sizes.map(({ tenants, generated: { rows, seconds } }) => {
      const all = Object.values(rows).reduce((sum, count) => sum + count, 0)
      return `| ${tenants} | ${rows.tenant_memberships} | ${all} | ${seconds.toFixed(1)} |`
    }),
    '',
    '## Migrations',
    '',
    `From the second migration to the newest with ${migration.memberships} memberships (filled in ` +
      `${migration.fillSeconds.toFixed(0)} s), while one connection reads and one writes a member's roles every 10 ms; ` +
      `${migration.retries} files had to be tried again for a lock.`,
    '',
    '| file | took | longest read beside it | longest write |',
    '|---|---:|---:|---:|',
    ...migration.files.map(
      ({ name, ms, longestReadMs, longestWriteMs }) =>
        `| ${name} | ${ms} ms | ${longestReadMs.toFixed(0)} ms | ${longestWriteMs.toFixed(0)} ms |`,
    ),
    `| all, and a second before and after | ${migration.files.reduce((sum, { ms }) => sum + ms, 0)} ms | ` +
      `${longest(migration.reader)} | ${longest(migration.writer)} |`,
    '',
    `Reader: ${stood(migration.reader)}. Writer: ${stood(migration.writer)}.`,
  ].join('\n')
}

function accessRow(tenants: number, { name, slices }: AccessMeasured['ways'][number]): string {
  const cells = (['p50', 'p99'] as const).flatMap(rank => [
    spread(
      over(slices, side => side.bound[rank]),
      'ms',
      2,
    ),
    spread(
      over(slices, side => side.unbound[rank]),
      'ms',
      2,
    ),
    spread(
      over(slices, side => side.bound[rank] / side.unbound[rank]),
      '×',
      2,
    ),
  ])
  return `| ${tenants} | ${name} | ${cells.join(' | ')} |`
}

function over(slices: readonly Sides<Summary>[], of: (slice: Sides<Summary>) => number): Figure {
  return figure(slices.map(of))
}

function planRows(tenants: number, planned: string, plans: Sides<PlanShape>): readonly string[] {
  return (['bound', 'unbound'] as const).map(side => {
    const plan = plans[side]
    const nodes = Object.values(plan.nodes).reduce((sum, count) => sum + count, 0)
    return (
      `| ${tenants} | ${planned} | ${side === 'bound' ? 'RLS' : 'bypassed'} | ${plan.planningMs.toFixed(2)} ms | ` +
      `${plan.executionMs.toFixed(2)} ms | ${plan.buffersHit + plan.buffersRead} | ${nodes} | ` +
      `${plan.indexes.length} | ${scans(plan.sequentialScans)} |`
    )
  })
}

function scans(tables: readonly string[]): string {
  return tables.length > namedMost ? `${tables.length} tables, all of them small` : tables.join(', ')
}

function shape({ nodes, indexes }: PlanShape): string {
  const types = Object.entries(nodes).sort(([, a], [, b]) => b - a)
  return `${types.map(([type, count]) => `${count} ${type}`).join(', ')}; by ${indexes.join(', ')}.`
}

function longest({ latencyMs }: Bystander): string {
  return `${latencyMs.max.toFixed(0)} ms`
}

function stood({ latencyMs, failed }: Bystander): string {
  const { count, p50, p99 } = latencyMs
  const failures = Object.entries(failed).map(([state, times]) => `${times} failed with ${state}`)
  return `${count} transactions, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${failures.join(', ') || 'none failed'}`
}
