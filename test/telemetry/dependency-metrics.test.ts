import { Registry } from 'prom-client'
import t from 'tap'
import { createDependencyMetrics } from '../../src/telemetry/dependency-metrics.ts'

t.test('the age of a key set is asked for at each scrape', async t => {
  const registry = new Registry()
  const metrics = createDependencyMetrics(registry)
  let age = 5
  metrics.watchKeySet('https://id.example/', () => age)
  t.match(await registry.metrics(), 'postern_key_set_age_seconds{issuer="https://id.example/"} 5')
  age = 6
  t.match(await registry.metrics(), 'postern_key_set_age_seconds{issuer="https://id.example/"} 6')
})

t.test('stores, circuits and caches are told apart', async t => {
  const registry = new Registry()
  const metrics = createDependencyMetrics(registry)
  metrics.storeFailed('redis', 'timeout')
  metrics.storeConnected('redis', true)
  metrics.circuitChanged('redis', 'open')
  metrics.cacheLookedUp('documents', 'redis')
  metrics.keySetFetched('https://id.example/', 'failed')
  metrics.documentRefused('signature')
  const text = await registry.metrics()
  t.match(text, 'postern_store_failures_total{store="redis",reason="timeout"} 1')
  t.match(text, 'postern_store_connected{store="redis"} 1')
  t.match(text, 'postern_store_circuit{store="redis"} 1')
  t.match(text, 'postern_cache_lookups_total{cache="documents",level="redis"} 1')
  t.match(text, 'postern_key_set_fetches_total{issuer="https://id.example/",result="failed"} 1')
  t.match(text, 'postern_documents_refused_total{reason="signature"} 1')
  metrics.circuitChanged('redis', 'closed')
  t.match(await registry.metrics(), 'postern_store_circuit{store="redis"} 0')
})
