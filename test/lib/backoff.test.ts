import t from 'tap'
import { backoffMs } from '../../src/lib/backoff.ts'

const bounds = { delayMsMin: 50, delayMsMax: 1000 }

t.test('doubles with every attempt up to the bound', async t => {
  const longest = [1, 2, 3, 4, 5, 6, 1000].map(attempt => backoffMs(attempt, bounds, () => 1))
  t.same(longest, [50, 100, 200, 400, 800, 1000, 1000])
})

t.test('half of the delay is random', async t => {
  t.equal(
    backoffMs(3, bounds, () => 0),
    100,
  )
  t.equal(
    backoffMs(3, bounds, () => 0.5),
    150,
  )
  const drawn = new Set(Array.from({ length: 50 }, () => backoffMs(6, bounds)))
  t.ok(drawn.size > 5)
})
