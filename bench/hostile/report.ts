import { machineLine } from '../compare/table.ts'
import { median } from '../load/samples.ts'
import type { Machine } from '../machine.ts'
import { aims, kept } from './aims.ts'
import type { Exploded, Flooded, HostileMeasured, Slowed } from './measure.ts'
import type { TokenMemory } from './measure-tokens.ts'

/** Of the looks at memory, this part is warming up. */
const warmUpPart = 0.25

/** What hostile clients, services and providers cost beside what is aimed at, in Markdown. */
export function hostileReport(machine: Machine, measured: HostileMeasured): string {
  const { extent, tokens, floods, bombs, slow } = measured
  return [
    machineLine(machine),
    '',
    'A whole sidecar with the bounds of a configuration that says nothing of them; client, service and sidecar in processes of',
    'their own, the sidecar alone on a core where there is more than one. What else is at work on the machine spoils figures.',
    '',
    '## Memory over distinct tokens',
    '',
    '| tokens | a second | heap: median, furthest from it | resident: median, furthest from it | aim |',
    '|---|---:|---:|---:|---|',
    ...tokens.map(tokenRow),
    '',
    `Through the verifier and its memory in a process of their own; looked at ${extent.tokens.looks} times, garbage collected, the first`,
    'quarter not counted.',
    '',
    '## What an input costs the sidecar, beside what it costs to send it',
    '',
    `${extent.flood.connections} connections send the input over and over for ${extent.flood.ms / 1000} s, each again when it is answered. CPU is that of all`,
    'threads of the sidecar (its control plane and key server included), as a multiple of what the client spends. Memory is what',
    `the sidecar holds, garbage collected, while ${extent.held.connections} connections hold the last byte back, above what it holds of as many that`,
    `send nothing (${(measured.idleConnectionBytes / 1000).toFixed(1)} kB each), as a multiple of the bytes sent; nothing where it was refused before the last byte. The`,
    'stall is the longest turn of the event loop, and within it the time that it was at work itself. In italics: honest inputs.',
    '',
    '| input | bytes | a second | CPU | memory | most resident | stall | at work |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...floods
      .toSorted((one, other) => worst(other, measured) - worst(one, measured))
      .map(flood => floodRow(flood, measured)),
    '',
    ...verdicts(measured),
    '',
    '## Key sets that a provider answers with',
    '',
    '| key set | CPU | most resident | stall | at work |',
    '|---|---:|---:|---:|---:|',
    ...bombs.map(bombRow),
    '',
    '## Slow connections',
    '',
    ...slowLines(slow),
  ].join('\n')
}

function tokenRow({ what, tokens, perSecond, heapBytes, rssBytes }: TokenMemory): string {
  const [heap, resident] = [spreadOf(heapBytes), spreadOf(rssBytes)]
  const aim = kept(Math.max(heap.percent, resident.percent), aims.flatPercent)
  const cell = ({ middle, percent }: Spread) => `${megabytes(middle)}, ${percent.toFixed(1)} %`
  return `| ${tokens} distinct ${what} | ${perSecond.toFixed(0)} | ${cell(heap)} | ${cell(resident)} | ${aim} |`
}

type Spread = { readonly middle: number; readonly percent: number }

function spreadOf(looks: readonly number[]): Spread {
  const counted = looks.slice(Math.floor(looks.length * warmUpPart))
  const middle = median(counted)
  const furthest = Math.max(...counted.map(value => Math.abs(value - middle)))
  return { middle, percent: (furthest / middle) * 100 }
}

function cpuTimes({ sidecarMicroseconds, attacker }: Flooded): number {
  return sidecarMicroseconds / attacker.cpuMicroseconds
}

function memoryTimes({ held }: Flooded, { extent, idleConnectionBytes }: HostileMeasured): number {
  if (held === null) return 0
  const above = held.sidecarBytes - idleConnectionBytes * extent.held.connections
  return Math.max(0, above) / held.attacker.bytes
}

function worst(flood: Flooded, measured: HostileMeasured): number {
  return Math.max(cpuTimes(flood), memoryTimes(flood, measured))
}

function floodRow(flood: Flooded, measured: HostileMeasured): string {
  const { name, isHonest, inputBytes, perSecond, held, peakBytes, stallMs, stallCpuMs } = flood
  const cells = [
    isHonest ? `*${name}*` : name,
    inputBytes,
    perSecond.toFixed(0),
    `${cpuTimes(flood).toFixed(1)} ×`,
    held === null ? '' : `${memoryTimes(flood, measured).toFixed(1)} ×`,
    peakBytes === null ? '' : megabytes(peakBytes),
    milliseconds(stallMs),
    milliseconds(stallCpuMs),
  ]
  return `| ${cells.join(' | ')} |`
}

function verdicts(measured: HostileMeasured): string[] {
  const { floods, bombs } = measured
  const hostile = floods.filter(({ isHonest }) => !isHonest)
  const cpu = Math.max(...hostile.map(cpuTimes))
  const memory = Math.max(...hostile.map(flood => memoryTimes(flood, measured)))
  const stall = Math.max(...[...hostile, ...bombs].map(({ stallCpuMs }) => stallCpuMs))
  return [
    `CPU ${kept(cpu, aims.amplification)} (${cpu.toFixed(1)} ×). Memory ${kept(memory, aims.amplification)} (${memory.toFixed(1)} ×). ` +
      `Stall, at work, key sets included ${kept(stall, aims.stallMs)} (${milliseconds(stall)}).`,
  ]
}

function bombRow({ name, cpuMicroseconds, peakBytes, stallMs, stallCpuMs }: Exploded): string {
  const cells = [
    name,
    milliseconds(cpuMicroseconds / 1000),
    peakBytes === null ? '' : megabytes(peakBytes),
    milliseconds(stallMs),
    milliseconds(stallCpuMs),
  ]
  return `| ${cells.join(' | ')} |`
}

function slowLines({ name, connections, alone, beside, attacker, headTimeoutMs }: Slowed): string[] {
  const added = ((beside.latencyMs.p99 - alone.latencyMs.p99) / alone.latencyMs.p99) * 100
  const late =
    attacker.closed < connections ? Number.POSITIVE_INFINITY : attacker.lastClosedMs - headTimeoutMs
  return [
    `| ${connections} connections: ${name} | | aim |`,
    '|---|---:|---|',
    `| good requests alone, p50 and p99 | ${pair(alone)} | |`,
    `| good requests beside them, p50 and p99 | ${pair(beside)} | p99 ${kept(added, aims.besidePercent)} more |`,
    `| good requests that failed | ${alone.wrong + beside.wrong} | |`,
    `| slow connections that were closed | ${attacker.closed} | |`,
    `| until the last was, of which ${headTimeoutMs / 1000} s are theirs | ${(attacker.lastClosedMs / 1000).toFixed(1)} s | ${kept(late, aims.reapedMs)} later |`,
  ]
}

function pair({ latencyMs }: Slowed['alone']): string {
  return `${latencyMs.p50.toFixed(2)} ms, ${latencyMs.p99.toFixed(2)} ms`
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
