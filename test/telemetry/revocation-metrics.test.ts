import { Registry } from 'prom-client'
import t from 'tap'
import { createRevocationMetrics } from '../../src/telemetry/revocation-metrics.ts'

t.test('tells how old the list is, how many are held, and what became of each load', async t => {
  const registry = new Registry()
  const metrics = createRevocationMetrics(registry)
  t.match(await registry.metrics(), /^postern_revocation_list_age_seconds NaN$/im)
  metrics.listLoaded('failed')
  metrics.listLoaded('failed')
  metrics.listLoaded('ok')
  metrics.watch({ held: () => ({ session: 3, tenant: 0 }), ageSeconds: () => 1.5 })
  const text = await registry.metrics()
  t.match(text, 'postern_revocation_lists_total{result="failed"} 2')
  t.match(text, 'postern_revocation_lists_total{result="ok"} 1')
  t.match(text, 'postern_revocations_held{kind="session"} 3')
  t.match(text, 'postern_revocations_held{kind="tenant"} 0')
  t.match(text, 'postern_revocation_list_age_seconds 1.5')
})
