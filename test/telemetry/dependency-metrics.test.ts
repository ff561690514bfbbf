import { Registry } from 'prom-client'
import t from 'tap'
import { createDependencyMetrics } from '../../src/telemetry/dependency-metrics.ts'

t.test('numbers that are watched are asked for at each scrape', async t => {
  const registry = new Registry()
  const metrics = createDependencyMetrics(registry)
  let age = 5
  metrics.watchKeySet('https://id.example/', () => age)
  metrics.watchNumber('connections', () => 3)
  t.match(await registry.metrics(), 'postern_key_set_age_seconds{issuer="https://id.example/"} 5')
  age = 6
  const text = await registry.metrics()
  t.match(text, 'postern_key_set_age_seconds{issuer="https://id.example/"} 6')
  t.match(text, 'postern_open{of="connections"} 3')
})

t.test('stores, circuits and caches are told apart', async t => {
  const registry = new Registry()
  const metrics = createDependencyMetrics(registry)
  metrics.storeAnswered('redis', 'timeout', 20)
  metrics.circuitChanged('redis', 'open')
  metrics.cacheLookedUp('documents', 'redis')
  metrics.keySetFetched('https://id.example/', 'failed')
  metrics.documentRefused('signature')
  const text = await registry.metrics()
  t.match(text, 'postern_store_seconds_count{store="redis",result="timeout"} 1')
  t.match(text, 'postern_store_circuit{store="redis"} 1')
  t.match(text, 'postern_cache_lookups_total{cache="documents",level="redis"} 1')
  t.match(text, 'postern_key_set_fetches_total{issuer="https://id.example/",result="failed"} 1')
  t.match(text, 'postern_documents_refused_total{reason="signature"} 1')
  metrics.circuitChanged('redis', 'closed')
  t.match(await registry.metrics(), 'postern_store_circuit{store="redis"} 0')
})
