import t from 'tap'
import { RevokedNames } from '../../src/token/revoked-names.ts'
import { createManualClock } from '../support/manual-clock.ts'

const nowMs = 1_700_000_000_000
const hourMs = 3_600_000

function build(namesMax = 100, skewMs = 0) {
  const clock = createManualClock(nowMs)
  return { clock, names: new RevokedNames({ clock, skewMs, namesMax }) }
}

const span = (notBeforeMs: number, expiresAtMs = nowMs + hourMs) => ({ notBeforeMs, expiresAtMs })

t.test('a token of the very second of the revocation is older than it', async t => {
  const { names } = build()
  names.add('a', span(nowMs + 1))
  t.equal(names.voids('a', nowMs - 1000), true)
  t.equal(names.voids('a', nowMs), true)
  t.equal(names.voids('a', nowMs + 999), true)
  t.equal(names.voids('a', nowMs + 1000), false)
  names.add('b', span(nowMs))
  t.equal(names.voids('b', nowMs), true, 'also where the moment is a whole second')
})

t.test('an older revocation, and one that ends sooner, takes nothing back', async t => {
  const { names, clock } = build()
  names.add('a', span(nowMs + 10_000, nowMs + hourMs))
  names.add('a', span(nowMs, nowMs + 1000))
  t.equal(names.voids('a', nowMs + 10_000), true)
  clock.advance(hourMs - 1)
  t.equal(names.voids('a', nowMs + 10_000), true)
})

t.test('a later revocation revokes more, and lengthens what was there', async t => {
  const { names, clock } = build()
  names.add('a', span(nowMs, nowMs + 1000))
  names.add('a', span(nowMs + 10_000, nowMs + hourMs))
  clock.advance(2000)
  t.equal(names.voids('a', nowMs + 10_000), true)
})

t.test('a revocation ends when it says, and as much later as clocks may differ', async t => {
  const { names, clock } = build(100, 5000)
  names.add('a', span(nowMs, nowMs + 1000))
  clock.advance(5999)
  t.equal(names.voids('a', nowMs), true)
  clock.advance(1)
  t.equal(names.voids('a', nowMs), false)
  t.equal(names.size, 1)
  names.forgetEnded()
  t.equal(names.size, 0)
  t.equal(names.isEmpty, true)
})

t.test('one that has ended is not even taken', async t => {
  const { names } = build()
  t.equal(names.add('a', span(nowMs - 2000, nowMs)), false)
  t.equal(names.isEmpty, true)
})

t.test('what makes room goes on to revoke, for every name, and lets in whoever signs in again', async t => {
  const { names } = build(2)
  names.add('a', span(nowMs + 1000))
  names.add('b', span(nowMs))
  names.add('c', span(nowMs))
  t.equal(names.size, 2)
  t.equal(names.voids('a', nowMs + 1000), true)
  t.equal(names.voids('nobody', nowMs + 1000), true)
  t.equal(names.voids('a', nowMs + 2000), false)
  t.equal(names.voids('nobody', nowMs + 2000), false)
})

t.test('what made room for others revokes until it would have ended itself', async t => {
  const { names, clock } = build(1)
  names.add('a', span(nowMs, nowMs + 1000))
  names.add('b', span(nowMs, nowMs + 5000))
  t.equal(names.voids('nobody', nowMs), true)
  clock.advance(1000)
  t.equal(names.voids('nobody', nowMs), false)
  t.equal(names.voids('b', nowMs), true)
})

t.test('one that has ended makes room without a trace', async t => {
  const { names, clock } = build(1)
  names.add('a', span(nowMs, nowMs + 1000))
  clock.advance(1000)
  names.add('b', span(nowMs))
  t.equal(names.voids('nobody', nowMs), false)
})

t.test('the same list, added over and over past the bound, does not push on what is refused', async t => {
  const { names } = build(3)
  const all = Array.from({ length: 10 }, (_, index) => [`n${index}`, span(nowMs + index * 1000)] as const)
  for (let round = 0; round < 5; round += 1) for (const [name, each] of all) names.add(name, each)
  t.equal(names.voids('nobody', nowMs + 6000), true, 'the seventh made room')
  t.equal(names.voids('nobody', nowMs + 7000), false, 'the eighth is still held by its name')
  t.equal(names.voids('n9', nowMs + 9000), true)
})
