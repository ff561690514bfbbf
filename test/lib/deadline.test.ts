import t from 'tap'
import { DeadlineExceeded, withDeadline } from '../../src/lib/deadline.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('an answer in time is passed on, and no timer is left', async t => {
  const clock = createManualClock(0)
  t.equal(await withDeadline(clock, 20, Promise.resolve('answer')), 'answer')
  await t.rejects(withDeadline(clock, 20, Promise.reject(new Error('no'))), { message: 'no' })
  t.equal(clock.timerCount(), 0)
})

t.test('without an answer it rejects when the time is over, not before', async t => {
  const clock = createManualClock(0)
  let settled = false
  const waiting = withDeadline(clock, 20, new Promise(() => {})).finally(() => (settled = true))
  clock.advance(19)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(settled, false)
  clock.advance(1)
  await t.rejects(waiting, DeadlineExceeded)
})

t.test('an answer that is read in the same turn as the deadline wins', async t => {
  const clock = createManualClock(0)
  let answer = (_: string) => {}
  const waiting = withDeadline(clock, 20, new Promise<string>(resolve => (answer = resolve)))
  clock.advance(50)
  answer('lay in the socket buffer')
  t.equal(await waiting, 'lay in the socket buffer')
})
