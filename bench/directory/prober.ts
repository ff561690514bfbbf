import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '../load/connection.ts'
import { monotonicMs } from '../load/metronome.ts'

/** What a sidecar made of a request. */
export type Outcome = 'let in' | 'refused' | 'unavailable'

export type Probe = {
  readonly request: string
  /** Throws for an answer that is none of these. */
  readonly outcomeOf: (status: number, body: string) => Outcome
  readonly everyMs: number
  readonly withinMs: number
}

export type Reached = {
  /** When each sidecar first answered so, on the scale of `monotonicMs`. */
  readonly atMs: readonly number[]
  /** Answers that said that nobody could tell. */
  readonly unavailable: number
}

export type Prober = {
  /**
   * Asks each sidecar again and again until it answers as wanted. Rejects when one does not in time, or answers so and
   * then otherwise: what is forgotten must stay forgotten.
   */
  readonly untilEach: (probe: Probe, wanted: Outcome) => Promise<Reached>
  readonly close: () => void
}

const answersInARow = 3

/** One kept connection to each sidecar. */
export function createProber(ports: readonly number[]): Prober {
  const connections = new Map<number, Connection>()
  let closed = false

  async function until(port: number, turn: number, probe: Probe, wanted: Outcome) {
    const deadlineMs = monotonicMs() + probe.withinMs
    let firstMs: number | null = null
    let unavailable = 0
    await sleep((turn / ports.length) * probe.everyMs)
    for (let inARow = 0; inARow < answersInARow; ) {
      if (monotonicMs() > deadlineMs) throw new Error(`a sidecar was not seen to have ${wanted} in time`)
      const askedMs = monotonicMs()
      const outcome = await send(port, probe)
      const answeredMs = monotonicMs()
      if (outcome === wanted) {
        firstMs ??= answeredMs
        inARow += 1
      } else if (outcome === 'unavailable') unavailable += 1
      else if (firstMs !== null) throw new Error(`a sidecar had ${wanted}, and then ${outcome}`)
      await sleep(Math.max(0, askedMs + probe.everyMs - answeredMs))
    }
    return { atMs: firstMs!, unavailable }
  }

  function send(port: number, { request, outcomeOf }: Probe): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      connectionTo(port).send(request, (status, body) => {
        try {
          resolve(outcomeOf(status, body))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  function connectionTo(port: number): Connection {
    const kept = connections.get(port)
    if (kept !== undefined) return kept
    const connection = new Connection(port, () => connections.delete(port))
    if (closed) connection.close()
    else connections.set(port, connection)
    return connection
  }

  return {
    async untilEach(probe, wanted) {
      const reached = await Promise.all(ports.map((port, turn) => until(port, turn, probe, wanted)))
      return {
        atMs: reached.map(({ atMs }) => atMs),
        unavailable: reached.reduce((sum, one) => sum + one.unavailable, 0),
      }
    },
    close() {
      closed = true
      for (const connection of connections.values()) connection.close()
    },
  }
}
