import type { Measured, Through } from '../load/measure.ts'
import type { Summary } from '../load/samples.ts'
import { median } from '../load/samples.ts'

/** A median over slices, and how far slices lie apart. */
export type Figure = { readonly middle: number; readonly least: number; readonly most: number }

export type Latency = { readonly p50: Figure; readonly p99: Figure }

export type Figures = {
  readonly direct: Latency
  readonly through: Latency
  /** Differences within each pair of slices: what neighbours on the machine did to both cancels out. */
  readonly added: Latency
  /** As the sidecar itself timed them, in the order they run. */
  readonly stages: Readonly<Record<string, Latency>>
  readonly decided: Latency
  readonly cpuMicroseconds: Figure
  readonly longestPauseMs: Figure
  readonly lateMs: Latency
}

export function figuresOf({ pairs }: Measured): Figures {
  const throughs = pairs.map(pair => pair.through)
  const over = (of: (through: Through) => Summary) => latency(throughs.map(of))
  const stages: Record<string, Latency> = {}
  for (const name of Object.keys(throughs[0]!.times.stages))
    stages[name] = over(one => one.times.stages[name]!)
  return {
    direct: latency(pairs.map(pair => pair.direct.latencyMs)),
    through: over(one => one.load.latencyMs),
    added: {
      p50: figure(pairs.map(({ direct, through }) => through.load.latencyMs.p50 - direct.latencyMs.p50)),
      p99: figure(pairs.map(({ direct, through }) => through.load.latencyMs.p99 - direct.latencyMs.p99)),
    },
    stages,
    decided: over(one => one.times.decided),
    cpuMicroseconds: figure(throughs.map(one => one.cpuMicroseconds)),
    longestPauseMs: figure(throughs.map(one => one.longestPauseMs)),
    lateMs: over(one => one.load.lateMs),
  }
}

function latency(summaries: readonly Summary[]): Latency {
  return { p50: figure(summaries.map(({ p50 }) => p50)), p99: figure(summaries.map(({ p99 }) => p99)) }
}

export function figure(values: readonly number[]): Figure {
  return { middle: median(values), least: Math.min(...values), most: Math.max(...values) }
}
