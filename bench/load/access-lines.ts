import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Ports } from './check.ts'
import type { Summary } from './samples.ts'
import { summarise } from './samples.ts'

/** What the access lines of some requests say, in milliseconds. */
export type StageTimes = {
  readonly stages: Readonly<Record<string, Summary>>
  /** All deciding stages together. */
  readonly decided: Summary
  /** The service's part, as the sidecar saw it. */
  readonly upstream: Summary
  /** From the request's head to the end of its answer, inside the sidecar. */
  readonly total: Summary
}

type Line = {
  readonly msg: string
  readonly status: number
  readonly ms: number
  readonly upstream_ms?: number
  readonly stage_ms: Readonly<Record<string, number>>
  readonly traffic?: string
}

export type AccessLines = {
  /** Where the sidecar listens, once it said so. */
  readonly listens: (withinMs: number) => Promise<Ports>
  /** Forgets what was read, to begin a new count. */
  readonly restart: () => void
  /** What the next `count` lines since the restart said; fewer, if no more come in time. */
  readonly times: (count: number, withinMs: number) => Promise<StageTimes>
}

const pollMs = 20

/** Reads the sidecar's log: the access line of each request holds the time of each of its stages. */
export function readAccessLines(log: Readable): AccessLines {
  let lines: Line[] = []
  let addresses: Ports | null = null
  createInterface({ input: log }).on('line', text => {
    const line = JSON.parse(text) as Line
    if (line.msg === 'request') lines.push(line)
    else if (line.traffic !== undefined) addresses = line as unknown as Ports
  })
  return {
    async listens(withinMs) {
      await until(() => addresses !== null, withinMs)
      if (addresses === null) throw new Error('the sidecar did not say where it listens')
      return addresses
    },
    restart: () => {
      lines = []
    },
    async times(count, withinMs) {
      await until(() => lines.length >= count, withinMs)
      return timesOf(lines)
    },
  }
}

async function until(reached: () => boolean, withinMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < withinMs && !reached(); waitedMs += pollMs) {
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

function timesOf(lines: readonly Line[]): StageTimes {
  const stages: Record<string, Summary> = {}
  for (const name of Object.keys(lines[0]?.stage_ms ?? {})) {
    stages[name] = summarise(lines.map(line => line.stage_ms[name] ?? 0))
  }
  return {
    stages,
    decided: summarise(lines.map(line => Object.values(line.stage_ms).reduce((sum, ms) => sum + ms, 0))),
    upstream: summarise(lines.map(line => line.upstream_ms ?? 0)),
    total: summarise(lines.map(line => line.ms)),
  }
}
