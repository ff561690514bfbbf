import t from 'tap'
import { CallRate } from '../../src/control/call-rate.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build() {
  const clock = createManualClock(0)
  return { clock, rate: new CallRate({ callers: ['a', 'b'], perSecond: 10, atOnce: 3, clock }) }
}

t.test('so many calls may come at once, and the next has to wait until one is due', async t => {
  const { rate, clock } = build()
  t.same([rate.take('a'), rate.take('a'), rate.take('a')], [0, 0, 0])
  t.equal(rate.take('a'), 100)
  clock.advance(40)
  t.equal(rate.take('a'), 60)
  clock.advance(60)
  t.equal(rate.take('a'), 0)
  t.equal(rate.take('a'), 100)
})

t.test('calls that were refused cost nothing', async t => {
  const { rate, clock } = build()
  for (let call = 0; call < 1000; call += 1) rate.take('a')
  clock.advance(100)
  t.equal(rate.take('a'), 0)
})

t.test('one caller does not use up the calls of another', async t => {
  const { rate } = build()
  for (let call = 0; call < 10; call += 1) rate.take('a')
  t.equal(rate.take('b'), 0)
})

t.test('a long silence saves up no more than may come at once', async t => {
  const { rate, clock } = build()
  clock.advance(3_600_000)
  t.same([rate.take('a'), rate.take('a'), rate.take('a'), rate.take('a') > 0], [0, 0, 0, true])
})

t.test('over time no more calls are taken than are due', async t => {
  const { rate, clock } = build()
  let taken = 0
  for (let ms = 0; ms < 10_000; ms += 7) {
    clock.advance(7)
    if (rate.take('a') === 0) taken += 1
  }
  t.ok(taken <= 3 + 100 && taken >= 99, `${taken} in ten seconds`)
})

t.test('a caller that nobody named gets no call', async t => {
  const { rate } = build()
  t.ok(rate.take('c') > 0)
})
