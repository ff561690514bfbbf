import t from 'tap'
import { createVersionSweep } from '../../src/access/version-sweep.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build(held: readonly string[] = ['a', 'b', 'c']) {
  const clock = createManualClock(0)
  const asked: (readonly string[])[] = []
  const confirmed: [string, number | null][] = []
  const events: string[] = []
  let answer: (tenantIds: readonly string[]) => Promise<ReadonlyMap<string, number>> = async tenantIds =>
    new Map(tenantIds.map(id => [id, 7]))
  const sweep = createVersionSweep({
    directory: { heldTenants: () => held, confirm: (id, version) => confirmed.push([id, version]) },
    source: {
      readVersions(tenantIds) {
        asked.push(tenantIds)
        return answer(tenantIds)
      },
    },
    clock,
    batchMax: 2,
    retry: { delayMsMin: 100, delayMsMax: 1000 },
    events: { onSwept: tenants => events.push(`swept ${tenants}`), onFailure: () => events.push('failed') },
  })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return {
    sweep,
    clock,
    asked,
    confirmed,
    events,
    settle,
    answer: (next: typeof answer) => {
      answer = next
    },
  }
}

t.test('every tenant that is remembered is confirmed, a bounded number at a time', async t => {
  const { sweep, asked, confirmed, events, settle } = build()
  sweep.start()
  await settle()
  t.same(asked, [['a', 'b'], ['c']])
  t.same(confirmed, [
    ['a', 7],
    ['b', 7],
    ['c', 7],
  ])
  t.same(events, ['swept 3'])
})

t.test('a tenant that the control plane does not know is gone', async t => {
  const { sweep, confirmed, answer, settle } = build(['a', 'b'])
  answer(async () => new Map([['b', 3]]))
  sweep.start()
  await settle()
  t.same(confirmed, [
    ['a', null],
    ['b', 3],
  ])
})

t.test('a failure says nothing about any tenant, and is tried again until it works', async t => {
  const { sweep, confirmed, answer, events, clock, settle, asked } = build(['a'])
  answer(() => Promise.reject(new Error('away')))
  sweep.start()
  await settle()
  clock.advance(100)
  await settle()
  t.same(confirmed, [])
  t.same(events, ['failed', 'failed'])
  answer(async () => new Map([['a', 1]]))
  clock.advance(1000)
  await settle()
  t.same(events, ['failed', 'failed', 'swept 1'])
  clock.advance(10_000)
  await settle()
  t.equal(asked.length, 3, 'and not again')
})

t.test('another gap during a sweep is swept again afterwards, once', async t => {
  const { sweep, asked, answer, settle } = build(['a'])
  const first = Promise.withResolvers<ReadonlyMap<string, number>>()
  answer(() => first.promise)
  sweep.start()
  sweep.start()
  sweep.start()
  await settle()
  t.equal(asked.length, 1)
  first.resolve(new Map())
  await settle()
  t.equal(asked.length, 2)
})

t.test('nothing is asked after the end', async t => {
  const { sweep, asked, answer, clock, settle } = build(['a'])
  answer(() => Promise.reject(new Error('away')))
  sweep.start()
  await settle()
  sweep.close()
  clock.advance(60_000)
  sweep.start()
  await settle()
  t.equal(asked.length, 1)
  t.equal(clock.timerCount(), 0)
})
