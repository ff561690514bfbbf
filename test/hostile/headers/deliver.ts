import { rawClient } from '../../support/raw-client.ts'
import type { Teardown } from '../../support/raw-peer.ts'
import type { Recorder } from '../../support/recorder.ts'
import { startRecorder } from '../../support/recorder.ts'
import type { Sidecar, SidecarParts } from '../../support/sidecar.ts'
import { startSidecar } from '../../support/sidecar.ts'
import type { StrictRequest } from '../../support/strict-http.ts'
import { valuesOf } from '../../support/strict-http.ts'
import type { FieldCase } from './spellings.ts'

export type Delivered = {
  readonly tried: FieldCase
  /** All that the client was sent. */
  readonly answer: string
  /** What the service got of it; null where it was refused. */
  readonly request: StrictRequest | null
}

export type Desk = {
  readonly sidecar: Sidecar
  readonly recorder: Recorder
  /** Sends each case as a request of its own on its own connection, of a member of acme. */
  readonly deliver: (cases: readonly FieldCase[], line?: string) => Promise<Delivered[]>
}

const atATime = 16

export async function openDesk(scope: Teardown, parts: Omit<SidecarParts, 'origin'> = {}): Promise<Desk> {
  const recorder = await startRecorder(scope)
  const sidecar = await startSidecar(scope, { ...parts, origin: recorder.origin })
  let sent = 0

  async function deliver(cases: readonly FieldCase[], line = 'GET /whoami HTTP/1.1'): Promise<Delivered[]> {
    const token = sidecar.token('acme', 'member')
    const from = sent
    sent += cases.length
    const answers = new Array<string>(cases.length)
    let next = 0
    const work = async () => {
      while (next < cases.length) {
        const at = next
        next += 1
        const head = `${line}\r\nHost: a.example\r\nAuthorization: Bearer ${token}\r\nX-Case: ${from + at}\r\n`
        answers[at] = await exchange(sidecar.port, `${head}${cases[at]!.fields}\r\n`)
      }
    }
    await Promise.all(Array.from({ length: atATime }, work))
    const got = new Map(recorder.requests().map(request => [Number(valuesOf(request, 'x-case')[0]), request]))
    return cases.map((tried, at) => ({ tried, answer: answers[at]!, request: got.get(from + at) ?? null }))
  }
  return { sidecar, recorder, deliver }
}

/** Sends one request on a connection of its own, and waits until that closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const client = await rawClient(port)
  client.send(bytes)
  await client.until(/^HTTP\/1\.1 [2-5].*\r\n\r\n/ms).catch(() => {})
  client.finish()
  return client.closed()
}
