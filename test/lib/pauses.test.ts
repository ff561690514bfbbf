import t from 'tap'
import { createPauses } from '../../src/lib/pauses.ts'
import { createManualClock } from '../support/manual-clock.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('a pause lasts as long as it should', async t => {
  const clock = createManualClock(0)
  const { pause } = createPauses(clock)
  let over = 0
  const count = () => (over += 1)
  pause(100).then(count)
  clock.advance(99)
  await turn()
  t.equal(over, 0)
  clock.advance(1)
  await turn()
  t.equal(over, 1)
})

t.test('stopping ends the pause under way and leaves no timer', async t => {
  const clock = createManualClock(0)
  const { pause, stop } = createPauses(clock)
  const paused = pause(60_000)
  stop()
  await paused
  t.equal(clock.timerCount(), 0)
})

t.test('once stopped there are no pauses any more', async t => {
  const clock = createManualClock(0)
  const { pause, stop } = createPauses(clock)
  stop()
  await pause(60_000)
  t.equal(clock.timerCount(), 0)
})
