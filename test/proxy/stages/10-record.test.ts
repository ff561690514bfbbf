import { Registry } from 'prom-client'
import t from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import { refused } from '../../../src/lib/refused.ts'
import { createRecord } from '../../../src/proxy/stages/10-record.ts'
import { deny, denyRefused } from '../../../src/proxy/verdict.ts'
import { createLog } from '../../../src/telemetry/logger.ts'
import { createRequestMetrics } from '../../../src/telemetry/request-metrics.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { accessOf, allowedExchange, unseenExchange } from '../../support/recordable-exchange.ts'

function recorder() {
  const lines: string[] = []
  const clock = createManualClock(0)
  const registry = new Registry()
  const metrics = createRequestMetrics(registry, ['acme'])
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLog({ level: 'info', bufferBytes: 1024, destination, onDrop: () => {}, clock })
  return { lines, clock, registry, metrics, record: createRecord({ log, metrics, clock }) }
}

t.test('an allowed request becomes one line that names everything but what it may not', async t => {
  const { lines, clock, record } = recorder()
  clock.advance(12)
  record(allowedExchange())
  t.equal(lines.length, 1)
  const line = JSON.parse(lines[0]!)
  t.match(line, {
    request_id: 'request-1',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    method: 'GET',
    route: '/notes/{note_id}',
    status: 200,
    decision: 'allow',
    tenant_id: 'id-of-acme',
    tenant: 'acme',
    workspace_id: null,
    user_id: 'user-1',
    ms: 12,
    stage_ms: {
      receive: 0.1,
      route: 0.01,
      authenticate: 0.2,
      identifyTenant: 0.3,
      authorize: 0.02,
      throttle: 0.5,
      sign: 0.05,
    },
    bytes_in: 3,
    bytes_out: 9,
    upstream_status: 200,
    upstream_ms: 7.5,
  })
  for (const hidden of [
    'in-the-target',
    'in-a-header',
    'in-a-parameter',
    'in-the-query',
    'in-the-token',
    'in-a-cookie',
  ]) {
    t.notOk(lines[0]!.includes(hidden), hidden)
  }
})

t.test('an allowed request is counted with its stages', async t => {
  const { registry, record } = recorder()
  record(allowedExchange())
  const text = await registry.metrics()
  t.match(
    text,
    'postern_requests_total{route="/notes/{note_id}",method="GET",status="2xx",decision="allow"} 1',
  )
  t.match(text, 'postern_tenant_requests_total{tenant="acme",decision="allow"} 1')
  t.match(text, 'postern_authentications_total{result="success",reason="none"} 1')
  t.match(text, 'postern_stage_seconds_count{stage="throttle"} 1')
  t.match(text, 'postern_decision_seconds_count 1')
  t.match(text, 'postern_upstream_seconds_count 1')
})

t.test('a request that was refused before it matched anything is recorded as unmatched', async t => {
  const { lines, registry, record } = recorder()
  const exchange = unseenExchange('BREW')
  exchange.ended = denyRefused(refused('REQUEST_MALFORMED', 'two Host fields', 'field-repeated', 'HOST'))
  exchange.outcome.status = 400
  record(exchange)
  t.match(JSON.parse(lines[0]!), {
    request_id: null,
    trace_id: null,
    method: 'BREW',
    route: null,
    decision: 'deny',
    reason: 'REQUEST_MALFORMED',
    detail: 'two Host fields',
    rule: 'field-repeated',
    offending: 'HOST',
  })
  const text = await registry.metrics()
  t.match(text, 'postern_requests_total{route="unmatched",method="other",status="4xx",decision="deny"} 1')
  t.match(text, 'postern_refusals_total{code="REQUEST_MALFORMED",mode="enforce"} 1')
  t.match(text, 'postern_rules_broken_total{rule="field-repeated",mode="enforce"} 1')
})

t.test('a stream that was cut, because it may not go on, is no attempt of anybody', async t => {
  const { lines, registry, record } = recorder()
  for (const code of ['CROSS_TENANT', 'TOKEN_REVOKED'] as const) {
    const exchange = allowedExchange()
    exchange.ended = deny(code, 'no longer')
    exchange.outcome.aborted = 'revoked'
    record(exchange)
  }
  t.match(JSON.parse(lines[0]!), {
    status: 200,
    decision: 'deny',
    reason: 'CROSS_TENANT',
    aborted: 'revoked',
    detail: 'no longer',
  })
  const text = await registry.metrics()
  t.match(text, 'postern_streams_ended_total{code="CROSS_TENANT"} 1')
  t.match(text, 'postern_streams_ended_total{code="TOKEN_REVOKED"} 1')
  t.match(text, 'postern_aborts_total{by="revoked"} 2')
  t.notMatch(text, 'postern_cross_tenant_attempts_total{')
  t.notMatch(text, 'postern_refusals_total{')
  t.notMatch(text, 'result="failure"')
})

t.test('refusals of a token, a tenant and a limit have series of their own', async t => {
  const { registry, record } = recorder()
  for (const code of ['TOKEN_EXPIRED', 'CROSS_TENANT', 'RATE_LIMITED'] as const) {
    const exchange = allowedExchange()
    exchange.ended = deny(code, 'why')
    record(exchange)
  }
  const text = await registry.metrics()
  t.match(text, 'postern_authentications_total{result="failure",reason="TOKEN_EXPIRED"} 1')
  t.match(text, 'postern_cross_tenant_attempts_total{mode="enforce"} 1')
  t.match(text, 'postern_quota_violations_total{tenant="acme",mode="enforce"} 1')
})

t.test('a caller without a place in the tenant is named by issuer and subject', async t => {
  const { lines, record } = recorder()
  const exchange = allowedExchange()
  exchange.access = null
  exchange.ended = deny('CROSS_TENANT', 'no membership')
  record(exchange)
  t.match(JSON.parse(lines[0]!), {
    tenant: null,
    user_id: null,
    issuer: 'https://id.example/',
    subject: 'subject-1',
  })
})

t.test('a request under break-glass is marked with its grant, allowed or not, and no other is', async t => {
  const { lines, record } = recorder()
  const refused = allowedExchange()
  refused.ended = deny('PERMISSION_MISSING', 'why')
  for (const exchange of [allowedExchange(), refused]) {
    exchange.access = accessOf('acme', 'user-1', { grantId: 'grant-1', expiresAtMs: 1 })
    record(exchange)
    t.match(JSON.parse(lines.at(-1)!), { break_glass: 'grant-1', user_id: 'user-1', tenant: 'acme' })
  }
  record(allowedExchange())
  t.notOk('break_glass' in JSON.parse(lines.at(-1)!))
})

t.test('what shadowed stages would have refused is listed, and the request counts as shadow', async t => {
  const { lines, registry, record } = recorder()
  const exchange = allowedExchange()
  exchange.shadowed.push({ ...deny('PERMISSION_MISSING', 'notes:read is not held'), mode: 'shadow' })
  exchange.shadowed.push(new Fault('STORE_UNAVAILABLE', 'take a request', { window: 'minute' }))
  record(exchange)
  t.match(JSON.parse(lines[0]!), {
    decision: 'shadow',
    would_have_ended: [
      { reason: 'PERMISSION_MISSING', detail: 'notes:read is not held' },
      { reason: 'STORE_UNAVAILABLE', fault_source: 'dependency', fault: { window: 'minute' } },
    ],
  })
  t.match(await registry.metrics(), 'postern_refusals_total{code="STORE_UNAVAILABLE",mode="shadow"} 1')
})

t.test(
  'a fault is told with what was attempted and the name of its cause, not the cause’s own words',
  async t => {
    const { lines, registry, record } = recorder()
    const exchange = allowedExchange()
    const cause = Object.assign(new TypeError('Unexpected token in eyJ-a-secret'), { code: 'ECONNRESET' })
    exchange.ended = new Fault('UPSTREAM_BROKEN', 'read the answer', { bytes: 10 }, cause)
    record(exchange)
    t.match(JSON.parse(lines[0]!), {
      decision: 'fault',
      reason: 'UPSTREAM_BROKEN',
      detail: 'read the answer',
      fault_source: 'upstream',
      fault: { bytes: 10 },
      cause: 'TypeError',
      cause_code: 'ECONNRESET',
    })
    t.notOk(lines[0]!.includes('eyJ-a-secret'))
    t.match(await registry.metrics(), 'postern_upstream_errors_total{code="UPSTREAM_BROKEN"} 1')
  },
)

t.test('a bug is told with where it was thrown', async t => {
  const { lines, record } = recorder()
  const exchange = allowedExchange()
  exchange.ended = new Fault(
    'INTERNAL',
    'handle a request',
    {},
    new RangeError('line one of eyJ-a-secret\n  at x'),
  )
  record(exchange)
  const line = JSON.parse(lines[0]!)
  t.match(line.thrown_at[0], /10-record\.test\.ts/)
  t.notOk(lines[0]!.includes('eyJ-a-secret'))
})

t.test('how an exchange broke off, was retried or degraded is told', async t => {
  const { lines, registry, record } = recorder()
  const exchange = allowedExchange()
  Object.assign(exchange.outcome, { aborted: 'client', retried: true })
  exchange.grant = { granted: true, windows: [], degraded: true }
  record(exchange)
  t.match(JSON.parse(lines[0]!), { aborted: 'client', retried: true, limits_degraded: true })
  const text = await registry.metrics()
  t.match(text, 'postern_aborts_total{by="client"} 1')
  t.match(text, 'postern_upstream_retries_total 1')
  t.match(text, 'postern_limits_degraded_total 1')
})

t.test('whatever strings a client sends, each request is one valid JSON line', async t => {
  const { lines, record } = recorder()
  const hostile = ['\r\n{"decision":"allow"}\n', '\u001b[31m', '"},{"', '\ud800\u0000', 'x'.repeat(100_000)]
  for (const text of hostile) {
    const exchange = allowedExchange()
    Object.assign(exchange.arrival, { method: text })
    Object.assign(exchange.request!, { id: text })
    exchange.access = accessOf(text, text)
    exchange.ended = deny('REQUEST_MALFORMED', text)
    record(exchange)
  }
  t.equal(lines.length, hostile.length)
  for (const line of lines) {
    t.equal(line.indexOf('\n'), line.length - 1)
    t.equal(JSON.parse(line).decision, 'deny')
    t.ok(JSON.parse(line).method.length <= 32)
  }
})

t.test('a record that fails is counted, and throws nothing', async t => {
  const { registry, record, lines } = recorder()
  const exchange = allowedExchange()
  Object.defineProperty(exchange, 'outcome', {
    get() {
      throw new Error('broken')
    },
  })
  t.doesNotThrow(() => record(exchange))
  t.match(await registry.metrics(), 'postern_requests_unrecorded_total 1')
  t.match(JSON.parse(lines[0]!), { level: 'error', error: 'Error' })
})
