import t from 'tap'
import type { Charge } from '../../../src/limit/limiter.ts'
import { createMemoryLimiter } from '../../../src/store/memory/limiter.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createRandom, integerBelow } from '../../support/random.ts'
import { charge, testLimiter } from '../contracts/limiter.ts'

testLimiter(t, async () => {
  const clock = createManualClock(0)
  return {
    take: createMemoryLimiter({ tenantsMax: 100, clock }).take,
    pass: async (_tenantId, ms) => clock.advance(ms),
  }
})

t.test('in no interval as long as a window is more admitted than its limit', async t => {
  for (let seed = 1; seed <= 40; seed += 1) t.equal(firstViolation(seed), null, `seed ${seed}`)
})

t.test('refuses only what an exact log would refuse within a sixtieth of the window', async t => {
  for (let seed = 1; seed <= 40; seed += 1) t.equal(firstNeedlessRefusal(seed), null, `seed ${seed}`)
})

t.test('the wait it asks for is always enough', async t => {
  for (let seed = 1; seed <= 40; seed += 1) t.equal(firstShortWait(seed), null, `seed ${seed}`)
})

t.test('forgets the tenant that was charged longest ago when there are too many', async t => {
  const limiter = createMemoryLimiter({ tenantsMax: 2, clock: createManualClock(0) })
  const one = [charge('minute', 60_000, 1)]
  for (const tenant of ['a', 'b', 'a', 'c']) limiter.take(tenant, one)
  t.equal(limiter.take('a', one).granted, false)
  t.equal(limiter.take('b', one).granted, true)
})

type Event = { readonly atMs: number; readonly amount: number }

/** A seeded walk: bursts, pauses, fractions of milliseconds, one window of 1 s and one of 4 s. */
function play(seed: number) {
  const random = createRandom(seed)
  const clock = createManualClock(0)
  const limiter = createMemoryLimiter({ tenantsMax: 10, clock })
  const amount = 1 + integerBelow(random, 3)
  const charges: Charge[] = [charge('short', 1000, 5 + amount, amount), charge('long', 4000, 12, amount)]
  const step = () => {
    const kind = random()
    clock.advance(kind < 0.5 ? 0 : kind < 0.9 ? random() * 120 : integerBelow(random, 2500))
  }
  return { random, clock, limiter, charges, step }
}

/** The window and moment at which more than its limit was admitted, by a log that forgets nothing. */
function firstViolation(seed: number): string | null {
  const { clock, limiter, charges, step } = play(seed)
  const log: Event[] = []
  for (let index = 0; index < 600; index += 1) {
    step()
    if (limiter.take('a', charges).granted) log.push({ atMs: clock.elapsedMs(), amount: charges[0]!.amount })
    for (const { name, windowMs, max } of charges) {
      if (sumSince(log, clock.elapsedMs() - windowMs) > max) return `${name} at step ${index}`
    }
  }
  return null
}

function firstNeedlessRefusal(seed: number): string | null {
  const { clock, limiter, charges, step } = play(seed)
  const log: Event[] = []
  for (let index = 0; index < 600; index += 1) {
    step()
    const taken = limiter.take('a', charges)
    const nowMs = clock.elapsedMs()
    if (taken.granted) log.push({ atMs: nowMs, amount: charges[0]!.amount })
    else {
      const needed = charges.some(
        ({ windowMs, max, amount }) => sumSince(log, nowMs - windowMs * (1 + 1 / 60)) + amount > max,
      )
      if (!needed) return `step ${index}`
    }
  }
  return null
}

function firstShortWait(seed: number): string | null {
  const { clock, limiter, charges, step } = play(seed)
  let waits = 0
  for (let index = 0; index < 600; index += 1) {
    step()
    const taken = limiter.take('a', charges)
    if (taken.granted) continue
    waits += 1
    clock.advance(taken.retryAfterMs)
    if (!limiter.take('a', charges).granted) return `step ${index}`
  }
  return waits > 10 ? null : 'hardly any refusals'
}

/** What was admitted after `sinceMs`: events at s count in [s, s + windowMs). */
function sumSince(log: readonly Event[], sinceMs: number): number {
  let sum = 0
  for (const { atMs, amount } of log) if (atMs > sinceMs) sum += amount
  return sum
}
