import t from 'tap'
import { inTime } from '../../src/control/in-time.ts'
import { createManualClock } from '../support/manual-clock.ts'

const timed = (clock = createManualClock(0)) => ({ clock, answerMs: 100, attempt: 'answer a test' })

t.test('what is done in time is as if nobody had looked at the clock', async t => {
  const time = timed()
  t.equal(await inTime(time, Promise.resolve(7)), 7)
  await t.rejects(inTime(time, Promise.reject(new Error('of the work'))), { message: 'of the work' })
  t.equal(time.clock.timerCount(), 0)
})

t.test('what is not done in time is a fault of the store, with what was attempted', async t => {
  const time = timed()
  const answer = inTime(time, new Promise(() => {}))
  time.clock.advance(100)
  await t.rejects(answer, { code: 'STORE_UNAVAILABLE', message: 'answer a test', details: { answerMs: 100 } })
})
