import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import type { Charge, Granted, SharedLimiter } from '../../src/limit/limiter.ts'
import { createLimiter } from '../../src/limit/local-share.ts'
import { createMemoryLimiter } from '../../src/store/memory/limiter.ts'
import { createManualClock } from '../support/manual-clock.ts'

const granted: Granted = { granted: true, windows: [], degraded: false }
const charges: readonly Charge[] = [{ name: 'minute', windowMs: 60_000, max: 10, amount: 1 }]

function build(shared: SharedLimiter | null, share = 0.5) {
  const local = createMemoryLimiter({ tenantsMax: 10, clock: createManualClock(0) })
  const limiter = createLimiter({ shared, local, share })
  return { take: limiter.take }
}

function failing(error: Error): SharedLimiter {
  return { usable: () => true, take: () => Promise.reject(error) }
}

t.test('the shared limiter decides while it answers', async t => {
  const { take } = build({ usable: () => true, take: async () => granted })
  t.equal(await take('a', charges), granted)
})

t.test('a store that fails costs nobody a refusal, and its share is held to and marked', async t => {
  const { take } = build(failing(new Fault('STORE_UNAVAILABLE', 'ask Redis')))
  for (let call = 0; call < 5; call += 1)
    t.match(await take('a', charges), {
      granted: true,
      degraded: true,
      windows: [{ max: 5, remaining: 4 - call }],
    })
  t.match(await take('a', charges), { granted: false, degraded: true, name: 'minute', retryAfterMs: 60_000 })
})

t.test('a store known to be away is not asked, and the answer comes at once', async t => {
  const { take } = build({ usable: () => false, take: () => t.fail('asked') as never })
  t.match(take('a', charges), { granted: true, degraded: true })
})

t.test('a share is never less than one call, nor more than the limit', async t => {
  const { take } = build(failing(new Fault('STORE_UNAVAILABLE', 'ask Redis')), 0.01)
  const costly = [{ ...charges[0]!, amount: 4 }]
  t.match(await take('a', charges), { granted: true })
  t.match(await take('a', charges), { granted: false })
  t.match(await take('b', costly), { granted: true })
  t.match(await take('b', costly), { granted: false })
  t.match(await take('c', [{ ...charges[0]!, max: 0 }]), { granted: false })
  t.match(await take('d', [{ ...charges[0]!, amount: 11 }]), { granted: false })
})

t.test('a bug is not taken for a store that is away', async t => {
  const { take } = build(failing(new TypeError('bug')))
  await t.rejects(take('a', charges) as Promise<unknown>, TypeError)
})

t.test('a process that stands alone decides about whole limits and is not degraded', async t => {
  const { take } = build(null)
  for (let call = 0; call < 10; call += 1) t.match(take('a', charges), { granted: true, degraded: false })
  t.match(take('a', charges), { granted: false, degraded: false })
})
