import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { FaultCode } from '../lib/fault.ts'
import { secondsBuckets } from '../telemetry/buckets.ts'
import type { PublishResult } from './document-publisher.ts'

export type ControlMetrics = {
  readonly requestAnswered: (route: string, status: number, ms: number) => void
  readonly questionAnswered: (isMember: boolean) => void
  readonly documentPublished: (result: PublishResult) => void
  readonly faultAnswered: (code: FaultCode) => void
  readonly keySetFetched: (result: 'ok' | 'failed') => void
  readonly relayed: (relayed: { readonly lagsMs: readonly number[]; readonly revocations: number }) => void
  readonly relayFailed: (code: FaultCode) => void
  /** In seconds, NaN before the first success; asked at each scrape. */
  readonly watchRelay: (age: () => number) => void
  /** Asked at each scrape. */
  readonly watchConnections: (value: () => { readonly total: number; readonly waiting: number }) => void
}

/** From a batch that was taken at once to one that waited for an hour. */
const lagBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600]

/** The series of the control plane. Labels come from the code, never from a caller. */
export function createControlMetrics(registry: Registry): ControlMetrics {
  const registers = [registry]
  const requests = new Histogram({
    name: 'postern_control_request_seconds',
    help: 'Time of one request, by route and status.',
    labelNames: ['route', 'status'],
    buckets: secondsBuckets,
    registers,
  })
  const questions = counter(registry, 'questions', 'Access questions, by answer: document or none.', 'answer')
  const published = counter(
    registry,
    'documents_published',
    'Documents handed to the shared store.',
    'result',
  )
  const faults = counter(registry, 'faults', 'Requests that something broke for.', 'code')
  const keySets = counter(registry, 'key_set_fetches', 'Fetches of key sets of service tokens.', 'result')
  const relayed = counter(
    registry,
    'relayed_messages',
    'Messages that sidecars were told: access or revocation.',
    'kind',
  )
  const relayFailures = counter(registry, 'relay_failures', 'Batches that could not be passed on.', 'code')
  const relayLag = new Histogram({
    name: 'postern_control_relay_lag_seconds',
    help: 'From the writing of a change of access until sidecars were told.',
    buckets: lagBuckets,
    registers,
  })
  return {
    requestAnswered: (route, status, ms) => requests.observe({ route, status }, ms / 1000),
    questionAnswered: isMember => questions.inc({ answer: isMember ? 'document' : 'none' }),
    documentPublished: result => published.inc({ result }),
    faultAnswered: code => faults.inc({ code }),
    keySetFetched: result => keySets.inc({ result }),
    relayed({ lagsMs, revocations }) {
      relayed.inc({ kind: 'access' }, lagsMs.length)
      relayed.inc({ kind: 'revocation' }, revocations)
      for (const lagMs of lagsMs) relayLag.observe(lagMs / 1000)
    },
    relayFailed: code => relayFailures.inc({ code }),
    watchRelay(age) {
      new Gauge({
        name: 'postern_control_relay_age_seconds',
        help: 'Since the relay last found nothing to pass on, or passed it on; NaN before the first time.',
        registers,
        collect() {
          this.set(age())
        },
      })
    },
    watchConnections(value) {
      new Gauge({
        name: 'postern_control_postgres_connections',
        help: 'Connections to Postgres for requests, and requests that wait for one.',
        labelNames: ['state'],
        registers,
        collect() {
          const { total, waiting } = value()
          this.set({ state: 'open' }, total)
          this.set({ state: 'waiting' }, waiting)
        },
      })
    },
  }
}

function counter(registry: Registry, name: string, help: string, label: string): Counter {
  return new Counter({
    name: `postern_control_${name}_total`,
    help,
    labelNames: [label],
    registers: [registry],
  })
}
