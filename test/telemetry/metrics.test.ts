import { Registry } from 'prom-client'
import t from 'tap'
import { createMetrics } from '../../src/telemetry/metrics.ts'

t.test('two processes’ worth of metrics live in two registries', async t => {
  const [one, other] = [new Registry(), new Registry()]
  createMetrics(one, { tenants: [], node: false }).logLineDropped()
  createMetrics(other, { tenants: [], node: false })
  t.match(await one.metrics(), 'postern_log_lines_dropped_total 1')
  t.match(await other.metrics(), 'postern_log_lines_dropped_total 0')
})

t.test('the delay of the event loop is among them when asked for', async t => {
  const registry = new Registry()
  createMetrics(registry, { tenants: [], node: true })
  t.match(await registry.metrics(), 'nodejs_eventloop_lag_p99_seconds')
})

t.test('every series has a help text and a unit or total in its name', async t => {
  const registry = new Registry()
  createMetrics(registry, { tenants: [], node: false })
  for (const { name, help } of await registry.getMetricsAsJSON()) {
    t.ok(help.length > 10, name)
    t.match(name, /^postern_[a-z_]+$/)
  }
})
