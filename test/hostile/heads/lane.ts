import { rawClient } from '../../support/raw-client.ts'
import type { Teardown } from '../../support/raw-peer.ts'
import type { Recorder } from '../../support/recorder.ts'
import { startRecorder } from '../../support/recorder.ts'
import type { Sidecar } from '../../support/sidecar.ts'
import { startSidecar } from '../../support/sidecar.ts'
import type { StrictRequest, Violation } from '../../support/strict-http.ts'
import { readStrictly } from '../../support/strict-http.ts'
import { until } from '../../support/until.ts'

/** What one client connection came to. */
export type Seen = {
  /** Everything that the client was sent. */
  readonly answer: string
  /** What arrived at the service of whole requests, and what of it a strict reader stumbled over. */
  readonly forwarded: readonly StrictRequest[]
  readonly violations: readonly Violation[]
  /** The connection was not closed by itself. */
  readonly hung: boolean
}

/** A sidecar with a recorder behind it, for one client connection at a time. */
export type Lane = {
  readonly sidecar: Sidecar
  /** Sends the pieces, each for itself, waits until the sidecar closes, and looks at what the recorder got since. */
  readonly send: (pieces: readonly string[], hangUpAfter: RegExp | null) => Promise<Seen>
  /** Requests that arrived although nobody waited for them any more. */
  readonly late: () => number
}

const patienceMs = 5000

export async function openLane(scope: Teardown): Promise<Lane> {
  const recorder = await startRecorder(scope)
  const sidecar = await startSidecar(scope, { origin: recorder.origin })
  const read: number[] = []
  return {
    sidecar,
    async send(pieces, hangUpAfter) {
      const client = await rawClient(sidecar.port)
      for (const piece of pieces) {
        client.send(piece)
        if (pieces.length > 1) await new Promise(setImmediate)
      }
      let hung = false
      const timer = setTimeout(() => {
        hung = true
        client.hangUp()
      }, patienceMs)
      if (hangUpAfter !== null) {
        await client.until(hangUpAfter).catch(() => {})
        client.finish()
      }
      const answer = await client.closed()
      clearTimeout(timer)
      return { answer, hung, ...(await sinceThen(recorder, read)) }
    },
    late: () => recorder.connections.filter((peer, index) => peer.text().length > (read[index] ?? 0)).length,
  }
}

/** What each connection got behind what was read of it before; one that broke off has to close. */
async function sinceThen(
  recorder: Recorder,
  read: number[],
): Promise<Pick<Seen, 'forwarded' | 'violations'>> {
  const forwarded: StrictRequest[] = []
  const violations: Violation[] = []
  for (const [index, peer] of recorder.connections.entries()) {
    const from = read[index] ?? 0
    if (peer.text().length === from) continue
    if (readStrictly(peer.text().slice(from)).violation?.rule.startsWith('cut') === true) {
      await until('the broken connection is closed', () => peer.socket.closed).catch(() => {
        violations.push({ rule: 'a broken connection was kept', at: from })
      })
    }
    const since = readStrictly(peer.text().slice(from))
    forwarded.push(...since.requests)
    if (since.violation !== null) violations.push(since.violation)
    read[index] = peer.text().length
  }
  return { forwarded, violations }
}
