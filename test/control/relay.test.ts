import type { Test } from 'tap'
import t from 'tap'
import type { Delivered, FeedMessage, FeedOutbox, FeedPublisher } from '../../src/access/feed.ts'
import type { RelayOptions } from '../../src/control/relay.ts'
import { startRelay } from '../../src/control/relay.ts'
import { Fault } from '../../src/lib/fault.ts'
import { changeTo } from '../support/feed.ts'
import { createManualClock } from '../support/manual-clock.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

const nothing: Delivered = { waitedMs: [], revocations: 0 }
const away = () => Promise.reject(new Fault('STORE_UNAVAILABLE', 'ask Redis'))

type Parts = Partial<Omit<RelayOptions, 'clock' | 'events'>> & {
  readonly deliver?: FeedOutbox['deliver']
  readonly discardExpired?: FeedOutbox['discardExpired']
  readonly publish?: FeedPublisher['publish']
}

/** A relay on a clock that stands still, whose first round is done. */
async function start(t: Test, parts: Parts = {}) {
  const clock = createManualClock(0)
  const seen: unknown[] = []
  const relay = startRelay({
    outbox: {
      deliver: parts.deliver ?? (async () => nothing),
      discardExpired: parts.discardExpired ?? (async () => 0),
    },
    publisher: { publish: parts.publish ?? (async () => {}) },
    clock,
    idleMs: 50,
    batchMax: 10,
    publishMs: 1000,
    discardEveryMs: 60_000,
    retry: { delayMsMin: 100, delayMsMax: 1000 },
    events: {
      onRelayed: ({ lagsMs, revocations }) => seen.push({ lagsMs, revocations }),
      onFailure: code => seen.push(code),
      onChange: problem => seen.push(problem === null ? 'works' : `fails: ${problem.message}`),
    },
    ...parts,
  })
  t.teardown(() => relay.close())
  await turn()
  const pass = async (ms: number) => {
    clock.advance(ms)
    await turn()
  }
  return { clock, relay, seen, pass }
}

t.test('asks again when it has rested, and at once while batches are full', async t => {
  let asked = 0
  const answers: Delivered[] = [
    { waitedMs: Array(10).fill(1), revocations: 0 },
    { waitedMs: [], revocations: 10 },
    { waitedMs: [1], revocations: 9 },
  ]
  const deliver = async () => {
    asked += 1
    return answers.shift() ?? nothing
  }
  const { pass } = await start(t, { deliver })
  await pass(0)
  await pass(0)
  t.equal(asked, 3)
  await pass(49)
  t.equal(asked, 3)
  await pass(1)
  t.equal(asked, 4)
})

t.test('hands what it takes to the publisher, and tells how late it came there', async t => {
  const message = changeTo(7)
  const told: FeedMessage[] = []
  let release = () => {}
  const { seen, clock, pass } = await start(t, {
    async deliver(most, publish) {
      t.equal(most, 10)
      await publish([message])
      return { waitedMs: [30, 5], revocations: 1 }
    },
    publish(messages) {
      told.push(...messages)
      return new Promise(resolve => {
        release = resolve
      })
    },
  })
  clock.advance(12)
  release()
  await pass(0)
  t.same(told, [message])
  t.same(seen, [{ lagsMs: [42, 17], revocations: 1 }])
})

t.test('goes on trying with growing pauses, and tells once that it fails and once that it works', async t => {
  let works = false
  let asked = 0
  const deliver = async () => {
    asked += 1
    return works ? nothing : await away()
  }
  const { seen, pass } = await start(t, { deliver })
  t.same(seen, ['STORE_UNAVAILABLE', 'fails: ask Redis'])
  await pass(49)
  t.equal(asked, 1, 'half of the first pause at least')
  for (let count = 0; count < 5; count += 1) await pass(1000)
  t.ok(asked >= 5)
  t.ok(seen.slice(2).every(each => each === 'STORE_UNAVAILABLE'))
  works = true
  await pass(1000)
  t.same(seen.slice(-2), [{ lagsMs: [], revocations: 0 }, 'works'])
})

t.test('a publisher that does not answer is given up in time, and the outbox is told', async t => {
  let rejected: unknown = null
  const { seen, pass } = await start(t, {
    async deliver(_most, publish) {
      await publish([changeTo(1)]).catch(error => {
        rejected = error
        throw error
      })
      return nothing
    },
    publish: () => new Promise(() => {}),
  })
  await pass(999)
  await turn()
  t.equal(rejected, null)
  await pass(1)
  await turn()
  t.match(rejected, { code: 'STORE_UNAVAILABLE' })
  t.same(seen, ['STORE_UNAVAILABLE', 'fails: tell sidecars in time'])
})

t.test('what is no fault is counted as one of ours', async t => {
  const { seen } = await start(t, { deliver: () => Promise.reject(new TypeError('a bug')) })
  t.equal(seen[0], 'INTERNAL')
})

t.test('knows how long ago it worked', async t => {
  let works = true
  const { relay, pass } = await start(t, { deliver: async () => (works ? nothing : await away()) })
  t.equal(relay.ageMs(), 0)
  works = false
  await pass(50)
  await pass(2000)
  t.equal(relay.ageMs(), 2050)
  works = true
  await pass(1000)
  t.equal(relay.ageMs(), 0)
  const never = await start(t, { deliver: away })
  t.ok(Number.isNaN(never.relay.ageMs()))
})

t.test('discards what has expired at its start and then now and again, all there is', async t => {
  let discards = 0
  let left = 2500
  const { pass } = await start(t, {
    async discardExpired(most) {
      discards += 1
      const some = Math.min(left, most)
      left -= some
      return some
    },
  })
  await pass(50)
  await pass(50)
  t.same([left, discards], [0, 3])
  for (let count = 0; count < 10; count += 1) await pass(50)
  t.equal(discards, 3)
  await pass(60_000)
  t.equal(discards, 4)
})

t.test('discarding that fails hinders nothing but the round', async t => {
  let asked = 0
  const deliver = async () => {
    asked += 1
    return nothing
  }
  const { seen, pass } = await start(t, { deliver, discardExpired: away })
  t.ok(seen.includes('STORE_UNAVAILABLE'))
  await pass(1000)
  t.equal(asked, 2)
  t.equal(seen.at(-1), 'works')
})

t.test('closing waits for the batch under way, and for nothing else', async t => {
  let release = (_: Delivered) => {}
  let asked = 0
  const { relay, pass } = await start(t, {
    deliver() {
      asked += 1
      return new Promise(resolve => {
        release = resolve
      })
    },
  })
  let closed = false
  const closing = relay.close().then(() => {
    closed = true
  })
  await pass(10_000)
  t.equal(closed, false)
  release(nothing)
  await closing
  t.equal(asked, 1)

  const resting = await start(t)
  await resting.relay.close()
  t.equal(resting.clock.timerCount(), 0)
})
