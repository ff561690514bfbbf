import t from 'tap'
import { createOnceEvery } from '../../src/lib/once-every.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('the first of a kind is said, and again when its time is over', async t => {
  const clock = createManualClock(0)
  const may = createOnceEvery({ clock, everyMs: 60_000, kindsMax: 10 })
  t.same([may('a'), may('a'), may('b')], [true, false, true])
  clock.advance(59_999)
  t.notOk(may('a'))
  clock.advance(1)
  t.same([may('a'), may('a')], [true, false])
})

t.test('no more kinds are kept than may be', async t => {
  const may = createOnceEvery({ clock: createManualClock(0), everyMs: 60_000, kindsMax: 2 })
  for (const kind of ['a', 'b', 'c']) may(kind)
  t.same([may('c'), may('a')], [false, true])
})
