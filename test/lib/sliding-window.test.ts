import t from 'tap'
import { SlidingWindow, windowPieces } from '../../src/lib/sliding-window.ts'

t.test('what happened counts until a whole window has passed, and no longer', async t => {
  const window = new SlidingWindow(1000)
  window.add(10, 3)
  t.equal(window.spent(1009), 3)
  t.equal(window.spent(1010), 0)
})

t.test('events of different pieces leave one by one', async t => {
  const window = new SlidingWindow(6000)
  window.add(0, 1)
  window.add(100, 1)
  window.add(5000, 1)
  t.same(
    [5999, 6000, 6099, 6100, 11_000].map(nowMs => window.spent(nowMs)),
    [3, 2, 2, 1, 0],
  )
})

t.test('events of one piece leave with the youngest of them, never earlier', async t => {
  const window = new SlidingWindow(6000)
  window.add(0, 1)
  window.add(99, 1)
  t.equal(window.spent(6098), 2)
  t.equal(window.spent(6099), 0)
})

t.test('the wait frees exactly as much as is missing', async t => {
  const window = new SlidingWindow(6000)
  for (const atMs of [0, 1000, 2000]) window.add(atMs, 2)
  t.equal(window.waitMs(3000, 2, 8), 0)
  t.equal(window.waitMs(3000, 1, 6), 3000)
  t.equal(window.waitMs(3000, 3, 6), 4000)
  t.equal(window.waitMs(3000, 6, 6), 5000)
  t.equal(window.waitMs(3000, 7, 6), 6000, 'what can never fit waits a whole window')
})

t.test('says when nothing will count any more', async t => {
  const window = new SlidingWindow(1000)
  t.equal(window.resetMs(5), 0)
  window.add(5, 1)
  window.add(505, 1)
  t.equal(window.resetMs(505), 1000)
  t.equal(window.resetMs(1000), 505)
  t.equal(window.resetMs(1505), 0)
})

t.test('a step back in time frees nothing', async t => {
  const window = new SlidingWindow(1000)
  window.add(5000, 1)
  window.add(10, 1)
  t.equal(window.spent(5999), 2)
  t.equal(window.spent(6000), 0)
})

t.test('holds at most one count per piece however much happens', async t => {
  const window = new SlidingWindow(6000)
  for (let atMs = 0; atMs < 60_000; atMs += 1) window.add(atMs, 1)
  t.ok(window.spent(59_999) >= 6000)
  t.ok(window.spent(59_999) <= 6000 + 6000 / windowPieces)
})
