import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'
import { secondsBuckets } from './buckets.ts'

export type CacheName = 'tokens' | 'documents' | 'proofs'

/** Where the answer was found; `control` is the control plane, `stale` a document kept for an outage. */
export type CacheLevel = 'memory' | 'redis' | 'control' | 'stale' | 'miss'

export type StoreName = 'redis' | 'postgres' | 'control'

export type StoreResult = 'ok' | 'failed' | 'timeout' | 'skipped'

/** What is known of everything a process leans on. */
export type DependencyMetrics = {
  readonly cacheLookedUp: (cache: CacheName, level: CacheLevel) => void
  readonly keySetFetched: (issuer: string, result: 'ok' | 'failed') => void
  /** `ageSeconds` is asked at each scrape; NaN while no set was ever loaded. */
  readonly watchKeySet: (issuer: string, ageSeconds: () => number) => void
  /** One operation and how long it took; `skipped` was not tried because the circuit is open. */
  readonly storeAnswered: (store: StoreName, result: StoreResult, ms: number) => void
  readonly circuitChanged: (store: StoreName, state: 'closed' | 'open' | 'probing') => void
  readonly documentRefused: (reason: string) => void
  /** A number that is asked at each scrape: open connections, requests in flight, entries of a cache. */
  readonly watchNumber: (of: WatchedNumber, value: () => number) => void
}

export type WatchedNumber = 'connections' | 'requests' | 'tunnels' | 'tokens' | 'documents' | 'proofs'

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
  const operations = new Histogram({
    name: 'postern_store_seconds',
    help: 'Time of one operation on a store, by result: ok, failed, timeout, skipped.',
    labelNames: ['store', 'result'],
    buckets: secondsBuckets,
    registers,
  })
  const circuits = new Gauge({
    name: 'postern_store_circuit',
    help: 'State of the circuit breaker: 0 closed, 0.5 probing, 1 open.',
    labelNames: ['store'],
    registers,
  })
  const refusedDocuments = new Counter({
    name: 'postern_documents_refused_total',
    help: 'Access documents from Redis that were not believed, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const ages = new Map<string, () => number>()
  watched('postern_key_set_age_seconds', 'Age of the key set in use.', 'issuer', ages, registry)
  const numbers = new Map<string, () => number>()
  watched('postern_open', 'How many there are right now.', 'of', numbers, registry)

  return {
    cacheLookedUp: (cache, level) => lookups.inc({ cache, level }),
    keySetFetched: (issuer, result) => keyFetches.inc({ issuer, result }),
    watchKeySet: (issuer, ageSeconds) => void ages.set(issuer, ageSeconds),
    storeAnswered: (store, result, ms) => operations.observe({ store, result }, ms / 1000),
    circuitChanged: (store, state) => circuits.set({ store }, circuitStates[state]),
    documentRefused: reason => refusedDocuments.inc({ reason }),
    watchNumber: (of, value) => void numbers.set(of, value),
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
