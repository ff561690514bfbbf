import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'

export type CacheName = 'tokens' | 'documents'

/** Where the answer was found; `control` is the control plane, `stale` a document kept for an outage. */
export type CacheLevel = 'memory' | 'redis' | 'control' | 'stale' | 'miss'

export type StoreName = 'redis' | 'control' | 'feed'

/** What is known of everything a process leans on. */
export type DependencyMetrics = {
  readonly cacheLookedUp: (cache: CacheName, level: CacheLevel) => void
  readonly keySetFetched: (issuer: string, result: 'ok' | 'failed') => void
  /** `ageSeconds` is asked at each scrape; NaN while no set was ever loaded. */
  readonly watchKeySet: (issuer: string, ageSeconds: () => number) => void
  /** One operation failed or was not tried; `reason` is one of a few words. */
  readonly storeFailed: (store: StoreName, reason: string) => void
  readonly circuitChanged: (store: StoreName, state: 'closed' | 'open' | 'probing') => void
  readonly documentRefused: (reason: string) => void
  /** A document was used although nobody could be asked about it. */
  readonly documentStale: (ageSeconds: number) => void
  /** Remembered documents were dropped, because their tenant has changed. */
  readonly documentsDropped: (documents: number) => void
  /** Whether there is a connection to it right now. */
  readonly storeConnected: (store: StoreName, connected: boolean) => void
}

const circuitStates = { closed: 0, probing: 0.5, open: 1 }

export function createDependencyMetrics(registry: Registry): DependencyMetrics {
  const registers = [registry]
  const lookups = new Counter({
    name: 'postern_cache_lookups_total',
    help: 'Lookups, by cache and by the level that answered.',
    labelNames: ['cache', 'level'],
    registers,
  })
  const keyFetches = new Counter({
    name: 'postern_key_set_fetches_total',
    help: 'Fetches of key sets, by configured issuer and result.',
    labelNames: ['issuer', 'result'],
    registers,
  })
  const failures = new Counter({
    name: 'postern_store_failures_total',
    help: 'Operations on a store that failed or were not tried, by reason.',
    labelNames: ['store', 'reason'],
    registers,
  })
  const circuits = new Gauge({
    name: 'postern_store_circuit',
    help: 'State of the circuit breaker: 0 closed, 0.5 probing, 1 open.',
    labelNames: ['store'],
    registers,
  })
  const connections = new Gauge({
    name: 'postern_store_connected',
    help: 'Whether there is a connection to the store: 1 or 0.',
    labelNames: ['store'],
    registers,
  })
  const refusedDocuments = new Counter({
    name: 'postern_documents_refused_total',
    help: 'Access documents that were not believed, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const staleAges = new Histogram({
    name: 'postern_document_stale_age_seconds',
    help: 'Age of access documents that were used because nobody could be asked.',
    buckets: [60, 120, 300, 600, 900],
    registers,
  })
  const dropped = new Counter({
    name: 'postern_documents_dropped_total',
    help: 'Remembered access documents that were dropped, because their tenant has changed.',
    registers,
  })
  const ages = new Map<string, () => number>()
  watched('postern_key_set_age_seconds', 'Age of the key set in use.', 'issuer', ages, registry)

  return {
    cacheLookedUp: (cache, level) => lookups.inc({ cache, level }),
    keySetFetched: (issuer, result) => keyFetches.inc({ issuer, result }),
    watchKeySet: (issuer, ageSeconds) => void ages.set(issuer, ageSeconds),
    storeFailed: (store, reason) => failures.inc({ store, reason }),
    circuitChanged: (store, state) => circuits.set({ store }, circuitStates[state]),
    documentRefused: reason => refusedDocuments.inc({ reason }),
    documentStale: ageSeconds => staleAges.observe(ageSeconds),
    documentsDropped: documents => dropped.inc(documents),
    storeConnected: (store, connected) => connections.set({ store }, connected ? 1 : 0),
  }
}

/** A gauge whose values are asked for when somebody scrapes, so that nobody has to keep them up to date. */
function watched(
  name: string,
  help: string,
  label: string,
  values: ReadonlyMap<string, () => number>,
  registry: Registry,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [key, value] of values) this.set({ [label]: key }, value())
    },
  })
}
