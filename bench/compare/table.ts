import type { BenchOptions } from '../arguments.ts'
import type { Measured, Through } from '../load/measure.ts'
import type { Machine } from '../machine.ts'
import type { Figure, Figures, Latency } from './figures.ts'
import { kept, promises } from './promises.ts'

/** What was measured beside what is promised, in Markdown. */
export function loadTable(
  options: BenchOptions,
  machine: Machine,
  measured: Measured,
  figures: Figures,
): string {
  return [
    machineLine(machine),
    '',
    methodLine(options, measured),
    '',
    '| warm | p50 | p99 | promise |',
    '|---|---:|---:|---|',
    row('direct', figures.direct, ''),
    row('through the sidecar', figures.through, ''),
    row('**added**', figures.added, kept(figures.added.p99, promises.all.limitMs)),
    ...Object.entries(figures.stages).map(([name, latency]) => row(name, latency, promiseOf(name, latency))),
    row('all seven stages', figures.decided, ''),
    row('sent later than due', figures.lateMs, 'how far the load itself can be trusted'),
    '',
    '| first time | p50 | p99 | JWT validation p50 | p99 | tenant context p50 | p99 |',
    '|---|---:|---:|---:|---:|---:|---:|',
    coldRow('a token never seen', measured.newToken),
    coldRow('a principal never seen', measured.newPrincipal),
    '',
    '| cost | |',
    '|---|---:|',
    `| CPU per request | ${spread(figures.cpuMicroseconds, 'µs', 0)} |`,
    `| longest garbage collection of a slice | ${spread(figures.longestPauseMs, 'ms', 1)} |`,
    `| resident memory, started | ${mebibytes(measured.memory.started.rssBytes)} |`,
    `| resident memory, warm | ${mebibytes(measured.memory.warm.rssBytes)} |`,
    `| resident memory, at the end | ${mebibytes(measured.memory.ended.rssBytes)} |`,
  ].join('\n')
}

export function machineLine({
  processor,
  cores,
  memoryGiB,
  system,
  node,
  commit,
  date,
  busy,
}: Machine): string {
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, commit ${commit}, ${date.slice(0, 10)}, load average ${busy} before`
}

function methodLine({ perSecond, seconds, pairs }: BenchOptions, measured: Measured): string {
  const slice = Math.round((seconds / (2 * pairs)) * 10) / 10
  const cores =
    measured.pinning === null
      ? 'no core was kept for the sidecar'
      : `the sidecar alone on core ${measured.pinning.sidecar}, all else on ${measured.pinning.others}`
  const stores = measured.hasRedis ? 'Postgres and Redis' : 'Postgres, but no Redis'
  return (
    `${perSecond} requests/s in an open loop, latency from the moment each was due; ${pairs} pairs of ` +
    `${slice} s, direct and through in turn; medians, (least–most); ${stores}; ${cores}.`
  )
}

function row(name: string, { p50, p99 }: Latency, promise: string): string {
  return `| ${name} | ${spread(p50, 'ms', 3)} | ${spread(p99, 'ms', 3)} | ${promise} |`
}

function promiseOf(stage: string, { p99 }: Latency): string {
  const promise = (promises as Readonly<Record<string, { words: string; limitMs: number }>>)[stage]
  return promise === undefined ? '' : `${promise.words} ${kept(p99, promise.limitMs)}`
}

function coldRow(name: string, { load, times }: Through): string {
  const cells = [load.latencyMs, times.stages.authenticate, times.stages.identifyTenant].flatMap(summary => [
    milliseconds(summary?.p50),
    milliseconds(summary?.p99),
  ])
  return `| ${name} | ${cells.join(' | ')} |`
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(2)} ms`
}

export function spread({ middle, least, most }: Figure, unit: string, digits: number): string {
  return `${middle.toFixed(digits)} ${unit} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
