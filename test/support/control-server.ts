import { Registry } from 'prom-client'
import { createDocumentSigner } from '../../src/access/signed-document.ts'
import { createControlMetrics } from '../../src/control/metrics.ts'
import type { AccessSource } from '../../src/control/routes/access-documents.ts'
import type { AccessVersionRoute } from '../../src/control/routes/access-versions.ts'
import type { RevocationRoute } from '../../src/control/routes/revocations.ts'
import { createControlServer } from '../../src/control/server.ts'
import { generateEs256Key } from '../../src/lib/es256.ts'
import type { LogFields } from '../../src/telemetry/log.ts'
import { silentLog } from './database.ts'
import { createManualClock } from './manual-clock.ts'

type Test = { readonly teardown: (task: () => Promise<void>) => unknown }

export type ControlServerParts = {
  readonly load?: AccessSource['load']
  readonly list?: RevocationRoute['list']
  readonly read?: AccessVersionRoute['read']
  /** By default everybody may ask. */
  readonly guard?: RevocationRoute['guard']
  /** By default documents are not signed at all: whoever asks does not verify them. */
  readonly signsDocuments?: boolean
}

const unasked = async (): Promise<never> => {
  throw new Error('this was not to be asked')
}

/** The HTTP side of a control plane on a free port, with the given records behind it and a clock that stands still. */
export async function startControlServer(t: Test, parts: ControlServerParts) {
  const clock = createManualClock(1_790_000_000_000)
  const registry = new Registry()
  const lines: (readonly [LogFields, string])[] = []
  const key = generateEs256Key()
  const signer = createDocumentSigner({ ...key, key: key.privateKey, issuer: 'postern-control' })
  const internal = { clock, answerMs: 5000, guard: parts.guard ?? (async () => undefined) }
  const server = createControlServer({
    accessDocuments: {
      ...internal,
      source: { load: parts.load ?? unasked },
      loads: { atOnce: 10, waitingMax: 100 },
      signer: parts.signsDocuments === true ? signer : { sign: () => 'signed' },
      publish: () => {},
      events: { onAnswered: () => {} },
    },
    accessVersions: { ...internal, read: parts.read ?? unasked },
    revocations: { ...internal, list: parts.list ?? unasked },
    documentKeys: [key],
    unready: async () => null,
    registry,
    metrics: createControlMetrics(registry),
    log: { ...silentLog, error: (...line) => lines.push(line) },
    clock,
    requestId: () => 'request-1',
  })
  const url = await server.listen('127.0.0.1', 0)
  let closed: Promise<void> | null = null
  const close = (delayMs: number) => {
    closed ??= server.close({ delayMs, timeoutMs: 1000 })
    return closed
  }
  t.teardown(() => close(0))
  return { url, clock, lines, registry, close }
}
