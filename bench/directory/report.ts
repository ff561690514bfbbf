import type { Figure } from '../compare/figures.ts'
import { figure } from '../compare/figures.ts'
import { machineLine, spread } from '../compare/table.ts'
import type { Summary } from '../load/samples.ts'
import type { Machine } from '../machine.ts'
import type { Aim } from './aims.ts'
import { aims, kept } from './aims.ts'
import type { Forgotten } from './forgetting.ts'
import type { DirectoryMeasured } from './measure.ts'
import type { LookupsMeasured } from './measure-lookups.ts'
import type { Asked, WarmLookups } from './orders.ts'

/** What was measured of the directory beside what it aims at, in Markdown. */
export function directoryReport(
  machine: Machine,
  { extent, lookups, forgetting, busy }: DirectoryMeasured,
): string {
  const { tenants, usersPerTenant } = extent.population
  return [
    machineLine(machine),
    '',
    `${tenants} tenants with ${usersPerTenant} users on average; Postgres and Redis of its own, one control plane in a ` +
      'process of its own, directories wired as in a sidecar; everything shares the cores. Every answer was checked. Load average ' +
      `${busy.lookups} after the lookups, ${busy.forgetting} at the end (over five minutes each; what else is at work spoils the figures).`,
    '',
    '## Lookups',
    '',
    '| found | p50 | p99 | most | aim, at p99 |',
    '|---|---:|---:|---:|---|',
    warmRow('in memory, by the claims of a remembered token', lookups.warm.remembered),
    warmRow('in memory, by equal claims', lookups.warm.equal),
    slicesRow(`in Redis, ${lookups.perSecond.store}/s`, lookups.store, aims.storeMs),
    slicesRow(`at the control plane, ${lookups.perSecond.control}/s`, lookups.control, aims.controlMs),
    '',
    `In memory: ${lookups.warm.remembered.microseconds.count} and ${lookups.warm.equal.microseconds.count} lookups of ${lookups.warm.principals} principals in an order ` +
      `that jumps about, each timed by itself; taking the time is ${lookups.warm.timing.p50.toFixed(2)} µs of each. They allocate ` +
      `${lookups.warm.remembered.bytes.toFixed(0)} and ${lookups.warm.equal.bytes.toFixed(0)} bytes each: how much the heap ` +
      'grows over 2000 of them right after garbage was collected, less what measuring takes; the median of 21 rounds.',
    '',
    `In Redis and at the control plane: an open loop, from the moment a lookup was due; ${lookups.store.length} and ` +
      `${lookups.control.length} slices of ${lookups.store[0]!.lateMs.count} and ${lookups.control[0]!.lateMs.count} principals ` +
      'that this directory was never asked for; medians, (least–most); an aim is kept where every slice keeps it. Lookups ' +
      `began late by ${late(lookups.store)} and ${late(lookups.control)} at p99; garbage collection stopped the process for ` +
      `${pause(lookups.store)} and ${pause(lookups.control)} ms at most. ${elsewhere(lookups)}`,
    '',
    '## Memory',
    '',
    ...memory(lookups),
    '',
    '## Twenty cold starts at once',
    '',
    ...together(lookups),
    '',
    '## Forgetting',
    '',
    `From the commit until the last of ${forgetting.told[0]!.sidecars} whole sidecars refuses, all of them in one process; each ` +
      `is asked every ${forgetting.told[0]!.askedEveryMs} ms over a connection of its own, and that time is part of the figure. ` +
      'Every repeat has a member of its own, who was let in by every sidecar before, and is asked for three times more after ' +
      'the first refusal.',
    '',
    '| | repeats | p50 | p99 | most | aim, at p99 | each sidecar, p50 | 503 meanwhile |',
    '|---|---:|---:|---:|---:|---|---:|---:|',
    ...forgetting.told.map(forgotten => forgottenRow(forgotten.name, forgotten, aims.toldMs)),
    '',
    ...(forgetting.untold.length === 0
      ? ['With the channel cut: not measured in a quick run.']
      : [
          `With the channel cut, asked every ${forgetting.untold[0]!.forgotten.askedEveryMs} ms, after everything was loaded:`,
          '',
          '| | repeats | p50 | p99 | most | aim, at p99 | each sidecar, p50 | 503 meanwhile |',
          '|---|---:|---:|---:|---:|---|---:|---:|',
          ...forgetting.untold.map(({ cut, forgotten }) =>
            forgottenRow(`${forgotten.name}; ${cut}`, forgotten, aims.untoldMs),
          ),
        ]),
  ].join('\n')
}

function warmRow(name: string, { microseconds: { p50, p99, max } }: WarmLookups): string {
  const cells = [p50, p99, max].map(value => `${value.toFixed(2)} µs`)
  return `| ${name} | ${cells.join(' | ')} | ${kept(figure([p99]), aims.memoryMicroseconds)} |`
}

function slicesRow(name: string, slices: readonly Asked[], aim: Aim): string {
  const over = (of: (latency: Summary) => number) => figure(slices.map(({ latencyMs }) => of(latencyMs)))
  const p99 = over(latency => latency.p99)
  const cells = [over(latency => latency.p50), p99, over(latency => latency.max)].map(milliseconds)
  return `| ${name} | ${cells.join(' | ')} | ${kept(p99, aim)} |`
}

function milliseconds(value: Figure): string {
  return spread(value, 'ms', 2)
}

function late(slices: readonly Asked[]): string {
  return milliseconds(figure(slices.map(({ lateMs }) => lateMs.p99)))
}

function pause(slices: readonly Asked[]): string {
  return Math.max(...slices.map(({ longestPauseMs }) => longestPauseMs)).toFixed(0)
}

function elsewhere({ store, control }: LookupsMeasured): string {
  const beside = store.reduce((sum, { origins }) => sum + origins.control, 0)
  const unavailable = [...store, ...control].reduce((sum, slice) => sum + slice.unavailable, 0)
  return (
    `${beside} of those meant to be found in Redis were found at the control plane; ${unavailable} ended in ` +
    'DIRECTORY_UNAVAILABLE and are not among the figures.'
  )
}

function memory({
  memory: { principals, held, before, after },
  answersPerSecond,
}: LookupsMeasured): string[] {
  const perTenThousand = (bytes: number) => ((bytes / held) * 10_000) / 1e6
  const heap = perTenThousand(after.heapBytes - before.heapBytes)
  const resident = perTenThousand(after.rssBytes - before.rssBytes)
  return [
    '| for 10,000 principals | | aim |',
    '|---|---:|---|',
    `| heap | ${heap.toFixed(1)} MB | ${kept(figure([heap]), aims.memoryMegabytes)} |`,
    `| resident | ${resident.toFixed(1)} MB | ${kept(figure([resident]), aims.memoryMegabytes)} |`,
    '',
    `By the difference, garbage collected, after ${principals} were looked up, of whom ${held} were remembered; the control plane ` +
      `answered ${answersPerSecond.toFixed(0)} a second of them, 8 at a time.`,
  ]
}

function together({ together: measured }: LookupsMeasured): string[] {
  const { directories, principals, questions, commands, unavailable, origins } = measured
  const lookups = directories * principals
  const { mget = 0, set = 0, ...others } = commands
  const rest = Object.values(others).reduce((sum, count) => sum + count, 0)
  return [
    '| | |',
    '|---|---:|',
    `| lookups: ${directories} directories, the same ${principals} principals, all at once | ${lookups} |`,
    `| questions that the control plane answered | ${questions} |`,
    `| of the lookups, answered in the end by Redis and by the control plane | ${origins.store} and ${origins.control} |`,
    `| tries that ended in DIRECTORY_UNAVAILABLE, and were tried again after 0.5 to 1.5 s | ${unavailable} |`,
    `| commands of Redis: MGET, SET, others | ${mget}, ${set}, ${rest} |`,
    `| until half of the lookups were answered, until all were | ${measured.halfSeconds.toFixed(2)} s, ${measured.seconds.toFixed(2)} s |`,
    '',
    `At worst, every directory asks the control plane for everything, which makes ${lookups} questions; at best, the first one to ` +
      `ask does, which makes ${principals}. One that waits at the control plane is looked up together with all ` +
      `that ask the same meanwhile: SET says how many were looked up. The one process of all ${directories} directories used ` +
      `${measured.cpuSeconds.toFixed(1)} s of a core; within that time a question's 90 ms are soon over.`,
  ]
}

function forgottenRow(name: string, forgotten: Forgotten, aim: Aim): string {
  const { lastMs, eachMs, unavailable } = forgotten
  const cells = [lastMs.p50, lastMs.p99, lastMs.max].map(ms => `${ms.toFixed(0)} ms`)
  return (
    `| ${name} | ${lastMs.count} | ${cells.join(' | ')} | ${kept(figure([lastMs.p99]), aim)} | ` +
    `${eachMs.p50.toFixed(0)} ms | ${unavailable} |`
  )
}
