import type { Test } from 'tap'
import t from 'tap'
import { createBackgroundTask } from '../../src/lib/background-task.ts'
import { createManualClock } from '../support/manual-clock.ts'

const settle = () => new Promise(resolve => setImmediate(resolve))

function build(t: Test, everyMs: number | null = null) {
  const clock = createManualClock(0)
  const state = { times: 0, fails: false }
  const task = createBackgroundTask({
    clock,
    everyMs,
    retry: { delayMsMin: 100, delayMsMax: 400 },
    async work() {
      state.times += 1
      if (state.fails) throw new Error('of the work')
    },
  })
  t.teardown(() => task.close())
  return { clock, state, task }
}

t.test('it is done when it is started, and each time it is started again', async t => {
  const { task, state, clock } = build(t)
  t.equal(state.times, 0)
  task.start()
  await settle()
  task.start()
  await settle()
  t.equal(state.times, 2)
  t.equal(clock.timerCount(), 0, 'nothing is done unasked')
})

t.test('started while it is done, it is done once more, however often that was', async t => {
  const { task, state } = build(t)
  for (let times = 0; times < 5; times += 1) task.start()
  t.equal(state.times, 1, 'never twice at a time')
  await settle()
  t.equal(state.times, 2)
})

t.test('after a failure it is tried again with growing pauses, which nobody can cut short', async t => {
  const { task, state, clock } = build(t)
  state.fails = true
  task.start()
  await settle()
  task.start()
  await settle()
  t.equal(state.times, 1)
  const pauses: number[] = []
  for (let tries = 2; tries <= 6; tries += 1) {
    let ms = 0
    for (; state.times < tries; ms += 10) {
      clock.advance(10)
      await settle()
    }
    pauses.push(ms)
  }
  t.ok(pauses[0]! >= 50 && pauses[0]! <= 110, String(pauses))
  t.ok(
    pauses.slice(2).every(ms => ms >= 200 && ms <= 410),
    String(pauses),
  )
  state.fails = false
  clock.advance(400)
  await settle()
  t.equal(clock.timerCount(), 0)
  t.equal(state.times, 7)
})

t.test('it is done again after a while by itself, a little later than it says', async t => {
  const { task, state, clock } = build(t, 1000)
  task.start()
  await settle()
  clock.advance(999)
  t.equal(state.times, 1)
  clock.advance(101)
  await settle()
  t.equal(state.times, 2)
  task.start()
  await settle()
  t.equal(clock.timerCount(), 1, 'and it is not due twice')
})

t.test('after its end it is not done any more', async t => {
  const { task, state, clock } = build(t, 1000)
  task.start()
  task.close()
  await settle()
  t.equal(clock.timerCount(), 0)
  task.start()
  clock.advance(5000)
  t.equal(state.times, 1)
})
