import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Charge, Exceeded, Granted } from '../../../src/limit/limiter.ts'

export type LimiterUnderTest = {
  readonly take: (
    tenantId: string,
    charges: readonly Charge[],
  ) => Granted | Exceeded | Promise<Granted | Exceeded>
  /** Lets time pass for this tenant. */
  readonly pass: (tenantId: string, ms: number) => Promise<void>
}

const minute = 60_000

/** What every limiter of whole limits promises, wherever it counts. */
export function testLimiter(t: Test, build: (t: Test) => Promise<LimiterUnderTest>): void {
  t.test('admits exactly as many as the limit, and says what is left', async t => {
    const { take } = await build(t)
    const tenantId = randomUUID()
    const first = await take(tenantId, [charge('minute', minute, 3)])
    t.match(first, { granted: true, degraded: false, windows: [{ name: 'minute', max: 3, remaining: 2 }] })
    t.ok(first.windows[0]!.resetMs > minute - 5000 && first.windows[0]!.resetMs <= minute)
    await take(tenantId, [charge('minute', minute, 3)])
    t.match(await take(tenantId, [charge('minute', minute, 3)]), {
      granted: true,
      windows: [{ remaining: 0 }],
    })
    const refused = await take(tenantId, [charge('minute', minute, 3)])
    t.match(refused, { granted: false, name: 'minute', windows: [{ remaining: 0 }] })
  })

  t.test('admits again after the wait it asked for, and not much earlier', async t => {
    const { take, pass } = await build(t)
    const tenantId = randomUUID()
    await take(tenantId, [charge('minute', minute, 2)])
    await pass(tenantId, 20_000)
    await take(tenantId, [charge('minute', minute, 2)])
    const refused = await take(tenantId, [charge('minute', minute, 2)])
    t.match(refused, { granted: false })
    const { retryAfterMs } = refused as Exceeded
    t.ok(retryAfterMs > 35_000 && retryAfterMs <= 40_000, `${retryAfterMs}`)
    await pass(tenantId, retryAfterMs - 5000)
    t.match(await take(tenantId, [charge('minute', minute, 2)]), { granted: false })
    await pass(tenantId, 5000)
    t.match(await take(tenantId, [charge('minute', minute, 2)]), { granted: true })
    t.match(await take(tenantId, [charge('minute', minute, 2)]), { granted: false })
  })

  t.test('takes from every window or from none', async t => {
    const { take, pass } = await build(t)
    const tenantId = randomUUID()
    const charges = [charge('minute', minute, 2), charge('hour', 60 * minute, 3)]
    await take(tenantId, charges)
    await take(tenantId, charges)
    for (let attempt = 0; attempt < 10; attempt += 1) {
      t.match(await take(tenantId, charges), {
        granted: false,
        name: 'minute',
        windows: [{}, { remaining: 1 }],
      })
    }
    await pass(tenantId, minute)
    t.match(await take(tenantId, charges), { granted: true, windows: [{ remaining: 1 }, { remaining: 0 }] })
    for (let attempt = 0; attempt < 10; attempt += 1) {
      t.match(await take(tenantId, charges), {
        granted: false,
        name: 'hour',
        windows: [{ remaining: 1 }, {}],
      })
    }
  })

  t.test('names the window with the longest wait where several refuse', async t => {
    const { take } = await build(t)
    const tenantId = randomUUID()
    const charges = [charge('hour', 60 * minute, 1), charge('minute', minute, 1)]
    await take(tenantId, charges)
    const refused = await take(tenantId, charges)
    t.match(refused, { granted: false, name: 'hour' })
    t.ok((refused as Exceeded).retryAfterMs > 59 * minute)
  })

  t.test('charges a costly call as several, and refuses for ever what exceeds the limit alone', async t => {
    const { take } = await build(t)
    const tenantId = randomUUID()
    t.match(await take(tenantId, [charge('minute', minute, 10, 7)]), {
      granted: true,
      windows: [{ remaining: 3 }],
    })
    t.match(await take(tenantId, [charge('minute', minute, 10, 4)]), { granted: false })
    t.match(await take(tenantId, [charge('minute', minute, 10, 3)]), {
      granted: true,
      windows: [{ remaining: 0 }],
    })
    t.match(await take(randomUUID(), [charge('minute', minute, 10, 11)]), {
      granted: false,
      retryAfterMs: minute,
    })
    t.match(await take(randomUUID(), [charge('minute', minute, 0)]), { granted: false })
  })

  t.test('keeps tenants, names and lengths apart', async t => {
    const { take } = await build(t)
    const tenantId = randomUUID()
    const all = [
      [tenantId, charge('a', minute, 1)],
      [randomUUID(), charge('a', minute, 1)],
      [tenantId, charge('b', minute, 1)],
      [tenantId, charge('a', 2 * minute, 1)],
    ] as const
    for (const [tenant, one] of all) t.match(await take(tenant, [one]), { granted: true })
    for (const [tenant, one] of all) t.match(await take(tenant, [one]), { granted: false })
  })

  t.test('holds to a limit that was lowered, and to one that was raised', async t => {
    const { take } = await build(t)
    const tenantId = randomUUID()
    for (let call = 0; call < 5; call += 1) await take(tenantId, [charge('minute', minute, 5)])
    t.match(await take(tenantId, [charge('minute', minute, 3)]), {
      granted: false,
      windows: [{ remaining: 0 }],
    })
    t.match(await take(tenantId, [charge('minute', minute, 6)]), { granted: true })
  })

  t.test('forgets everything once a window has passed', async t => {
    const { take, pass } = await build(t)
    const tenantId = randomUUID()
    for (let call = 0; call < 5; call += 1) {
      await take(tenantId, [charge('minute', minute, 5)])
      await pass(tenantId, 900)
    }
    await pass(tenantId, minute)
    t.match(await take(tenantId, [charge('minute', minute, 5)]), {
      granted: true,
      windows: [{ remaining: 4 }],
    })
  })
}

export function charge(name: string, windowMs: number, max: number, amount = 1): Charge {
  return { name, windowMs, max, amount }
}
