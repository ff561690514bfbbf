import t from 'tap'
import { PermissionIndex } from '../../../src/access/permission-set.ts'
import { prepareAccess } from '../../../src/access/prepare-access.ts'
import type { Charge, Exceeded, Granted, Limiter } from '../../../src/limit/limiter.ts'
import { createThrottle } from '../../../src/proxy/stages/06-throttle.ts'
import type { Denial } from '../../../src/proxy/verdict.ts'
import { deny } from '../../../src/proxy/verdict.ts'
import { accessDocument, acme } from '../../support/access.ts'
import { exchangeOf } from '../../support/exchange.ts'

const limits = [
  { name: 'minute', windowMs: 60_000, max: 600 },
  { name: 'day', windowMs: 86_400_000, max: 10_000 },
]
const access = prepareAccess(accessDocument({ tenant: { limits } }), new PermissionIndex([]))
const granted: Granted = { granted: true, windows: [], degraded: false }

function build(answer: ReturnType<Limiter['take']> = granted, addressAnswer: Denial | null = null) {
  const taken: { tenantId: string; charges: readonly Charge[] }[] = []
  const throttle = createThrottle({
    addresses: { take: () => addressAnswer, giveBack: () => {} },
    limiter: {
      take(tenantId, charges) {
        taken.push({ tenantId, charges })
        return answer
      },
    },
  })
  return { throttle, taken }
}

function exchangeThatCosts(charge: number, held = access) {
  const exchange = exchangeOf({ rule: { charge } })
  exchange.access = held
  return exchange
}

function refusalAfter(retryAfterMs: number, degraded = false): Exceeded {
  return { granted: false, name: 'minute', retryAfterMs, windows: [], degraded }
}

t.test('charges every window of the tenant with what the route costs', async t => {
  const { throttle, taken } = build()
  const exchange = exchangeThatCosts(3)
  t.equal(throttle(exchange), null, 'at once')
  t.equal(exchange.grant, granted)
  t.same(taken, [{ tenantId: acme.id, charges: limits.map(limit => ({ ...limit, amount: 3 })) }])
})

t.test('charges are written once per document and cost, not per request', async t => {
  const { throttle, taken } = build()
  for (const charge of [1, 1, 2, 1]) throttle(exchangeThatCosts(charge))
  const [first, second, costly, fourth] = taken.map(({ charges }) => charges)
  t.equal(second, first)
  t.equal(fourth, first)
  t.equal(costly![0]!.amount, 2)
})

t.test('waits for the limiter where it must', async t => {
  const { throttle } = build(Promise.resolve(granted))
  const exchange = exchangeThatCosts(1)
  t.equal(await throttle(exchange), null)
  t.equal(exchange.grant, granted)
})

t.test('RATE_LIMITED with a Retry-After in whole seconds that is never too short', async t => {
  for (const [retryAfterMs, seconds] of [
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
    [59_999.5, '60'],
  ] as const) {
    for (const answer of [refusalAfter(retryAfterMs), Promise.resolve(refusalAfter(retryAfterMs))]) {
      const { throttle } = build(answer)
      const exchange = exchangeThatCosts(1)
      t.match(await throttle(exchange), {
        refusal: { code: 'RATE_LIMITED' },
        headers: ['Retry-After', seconds],
      })
      t.match(exchange.grant, { granted: false, name: 'minute' })
    }
  }
})

t.test('says in the log when it was the local share that was used up', async t => {
  const { throttle } = build(refusalAfter(1000, true))
  t.match(throttle(exchangeThatCosts(1)), { detail: /share/ })
})

t.test('charges nothing for a free route, a tenant without limits, or nobody’s request', async t => {
  const { throttle, taken } = build()
  const unlimited = prepareAccess(accessDocument({ tenant: { limits: [] } }), new PermissionIndex([]))
  t.equal(throttle(exchangeThatCosts(0)), null)
  t.equal(throttle(exchangeThatCosts(1, unlimited)), null)
  const nobody = exchangeOf({})
  t.equal(throttle(nobody), null)
  t.equal(nobody.grant, null)
  t.same(taken, [])
})

t.test('charges a public route to the address, and any other never', async t => {
  const denial = deny('ADDRESS_LIMITED', 'used up')
  const { throttle, taken } = build(granted, denial)
  t.equal(throttle(exchangeOf({ rule: { permission: null, charge: 0 }, claims: null })), denial)
  t.equal(build().throttle(exchangeOf({ rule: { permission: null, charge: 0 }, claims: null })), null)
  t.same(taken, [], 'no tenant was charged')
  t.equal(throttle(exchangeThatCosts(1)), null)
  t.equal(taken.length, 1)
})
