import { Registry } from 'prom-client'
import t from 'tap'
import { systemClock } from '../../src/lib/clock.ts'
import { createEvents } from '../../src/proxy/wire-events.ts'
import type { LogFields } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { accessDocument } from '../support/access.ts'
import { exchangeOf } from '../support/exchange.ts'

function build() {
  const lines: (LogFields & { readonly message: string })[] = []
  const note = (fields: LogFields, message: string) => void lines.push({ ...fields, message })
  const registry = new Registry()
  const metrics = createMetrics(registry, { tenants: [], node: false })
  return {
    events: createEvents({ debug: note, info: note, warn: note, error: note }, metrics, systemClock),
    lines,
    registry,
  }
}

t.test('where documents and tokens are found is counted by level', async t => {
  const { events, registry } = build()
  events.tokens.onHit()
  events.directory.onFound('store')
  events.directory.onStale(70_000)
  const text = await registry.metrics()
  t.match(text, 'postern_cache_lookups_total{cache="tokens",level="memory"} 1')
  t.match(text, 'postern_cache_lookups_total{cache="documents",level="redis"} 1')
  t.match(text, 'postern_cache_lookups_total{cache="documents",level="stale"} 1')
})

t.test('a document that is not believed is counted and told', async t => {
  const { events, lines, registry } = build()
  events.directory.onRejected('store', 'bad_signature')
  t.match(await registry.metrics(), 'postern_documents_refused_total{reason="bad_signature"} 1')
  t.match(lines, [{ origin: 'store', reason: 'bad_signature' }])
})

t.test('Redis going and coming back shows in gauges', async t => {
  const { events, registry } = build()
  events.redis.onConnection('ready')
  events.redis.onCircuit('open')
  events.redis.onFailure('timeout')
  const text = await registry.metrics()
  t.match(text, 'postern_store_connected{store="redis"} 1')
  t.match(text, 'postern_store_circuit{store="redis"} 1')
  t.match(text, 'postern_store_failures_total{store="redis",reason="timeout"} 1')
  events.redis.onConnection('lost')
  t.match(await registry.metrics(), 'postern_store_connected{store="redis"} 0')
})

t.test('a cross-tenant attempt is told with who asked for what, and what they hold', async t => {
  const { events, lines } = build()
  events.crossTenant.onCrossTenant(exchangeOf({}), 'globex', 'acme')
  t.match(lines, [{ asked: 'globex', held: 'acme', request_id: 'request-1' }])
})

t.test('each request under break-glass is counted, and the first of a grant warned of', async t => {
  const { events, lines, registry } = build()
  const document = accessDocument({ breakGlass: { grantId: 'grant-1', expiresAtMs: 9 } })
  events.breakGlass.onBreakGlass(document)
  events.breakGlass.onBreakGlass(document)
  t.match(await registry.metrics(), 'postern_break_glass_requests_total{tenant="other"} 2')
  t.equal(lines.length, 1)
  t.match(lines, [{ break_glass: 'grant-1', tenant: 'acme' }])
})

t.test('an error is told by its kind and code, never by its message', async t => {
  const { events, lines } = build()
  const error = Object.assign(new Error('Bearer eyJ…'), { code: 'ECONNRESET' })
  events.keys.onFetchFailed('https://id.example/', error)
  events.traffic.onBroken(error)
  t.match(lines, [{ error: 'Error ECONNRESET' }, { error: 'Error ECONNRESET' }])
  t.notMatch(JSON.stringify(lines), 'eyJ')
})
