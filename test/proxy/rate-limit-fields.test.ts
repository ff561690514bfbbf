import t from 'tap'
import { rateLimitFields, seconds } from '../../src/proxy/rate-limit-fields.ts'

t.test('each window appears in the policy and in the state', async t => {
  const windows = [
    { name: 'minute', windowMs: 60_000, max: 100, remaining: 42, resetMs: 16_001 },
    { name: 'hour', windowMs: 3_600_000, max: 900, remaining: 0, resetMs: 1 },
  ]
  t.same(rateLimitFields({ granted: true, windows, degraded: false }), [
    'RateLimit-Policy',
    '"minute";q=100;w=60, "hour";q=900;w=3600',
    'RateLimit',
    '"minute";r=42;t=17, "hour";r=0;t=1',
  ])
})

t.test('a request that was not counted says nothing of limits', async t => {
  t.same(rateLimitFields(null), [])
  t.same(rateLimitFields({ granted: true, windows: [], degraded: false }), [])
})

t.test('seconds are rounded up and never negative', async t => {
  t.same([seconds(0), seconds(1), seconds(1000), seconds(1001), seconds(-5)], [0, 1, 1, 2, 0])
})
