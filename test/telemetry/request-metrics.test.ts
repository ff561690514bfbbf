import { Registry } from 'prom-client'
import t from 'tap'
import { createRequestMetrics } from '../../src/telemetry/request-metrics.ts'

function build(tenants: readonly string[] = []) {
  const registry = new Registry()
  return { registry, metrics: createRequestMetrics(registry, tenants) }
}

const seriesCount = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#')).length

t.test('ten thousand made-up tenants and methods make a handful of series', async t => {
  const { registry, metrics } = build(['acme'])
  for (let n = 0; n < 10_000; n += 1) {
    metrics.answered('/notes', `M${n}`, 100 + (n % 900), 'allow', `tenant-${n}`)
    metrics.quotaViolated(`tenant-${n}`, 'enforce')
  }
  t.ok((await seriesCount(registry)) < 100)
})

t.test('configured tenants are named, others are not, and no tenant is none', async t => {
  const { registry, metrics } = build(['acme'])
  metrics.answered('/notes', 'GET', 200, 'allow', 'acme')
  metrics.answered('/notes', 'GET', 200, 'allow', 'globex')
  metrics.answered('/notes', 'GET', 401, 'deny', null)
  const text = await registry.metrics()
  t.match(text, 'postern_tenant_requests_total{tenant="acme",decision="allow"} 1')
  t.match(text, 'postern_tenant_requests_total{tenant="other",decision="allow"} 1')
  t.match(text, 'postern_tenant_requests_total{tenant="none",decision="deny"} 1')
  t.match(text, 'postern_requests_total{route="/notes",method="GET",status="2xx",decision="allow"} 2')
  t.notMatch(text, 'globex')
})

t.test('a tenant called like what every object inherits is like any other', async t => {
  const { registry, metrics } = build(['acme'])
  metrics.answered('/notes', 'constructor', 200, 'allow', '__proto__')
  const text = await registry.metrics()
  t.match(text, '{tenant="other",decision="allow"} 1')
  t.match(text, 'method="other"')
})

t.test('durations fall into buckets from ten microseconds on', async t => {
  const { registry, metrics } = build()
  metrics.stageTook('route', 0.009)
  metrics.decisionTook(0.02)
  metrics.upstreamTook(3)
  const text = await registry.metrics()
  t.match(text, 'postern_stage_seconds_bucket{le="0.00001",stage="route"} 1')
  t.match(text, 'postern_decision_seconds_bucket{le="0.00001"} 0')
  t.match(text, 'postern_decision_seconds_bucket{le="0.000025"} 1')
  t.match(text, 'postern_upstream_seconds_bucket{le="0.005"} 1')
})

t.test('what shadowed stages found is kept apart from what was refused', async t => {
  const { registry, metrics } = build()
  metrics.authenticated()
  metrics.authenticationFailed('TOKEN_EXPIRED', 'enforce')
  metrics.authenticationFailed('TOKEN_EXPIRED', 'shadow')
  metrics.crossTenantAttempted('shadow')
  metrics.ended('CROSS_TENANT', 'shadow')
  const text = await registry.metrics()
  t.match(text, 'postern_authentications_total{result="success",reason="none"} 1')
  t.match(text, 'postern_authentications_total{result="failure",reason="TOKEN_EXPIRED"} 1')
  t.match(text, 'postern_authentications_total{result="shadow",reason="TOKEN_EXPIRED"} 1')
  t.match(text, 'postern_cross_tenant_attempts_total{mode="shadow"} 1')
  t.match(text, 'postern_refusals_total{code="CROSS_TENANT",mode="shadow"} 1')
})
