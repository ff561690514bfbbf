import t from 'tap'
import { PacedQueue } from '../../src/lib/paced-queue.ts'
import { createTurns } from '../support/turns.ts'

function queueOf(atATime: number) {
  const turns = createTurns()
  const begun: number[] = []
  const ends: (() => void)[] = []
  const work = (item: number) => {
    begun.push(item)
    return new Promise<void>(resolve => ends.push(resolve))
  }
  const queue = new PacedQueue({ work, atATime, clock: turns.clock })
  /** Ends the work that was begun first. */
  const end = async () => {
    ends.shift()!()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { turns, begun, queue, end }
}

t.test('works in order, so many at a time, and not in the turn in which it is asked', async t => {
  const { turns, begun, queue, end } = queueOf(2)
  for (const item of [1, 2, 3, 4, 5]) queue.add(item)
  t.same(begun, [])
  turns.next()
  t.same(begun, [1, 2])
  t.notOk(turns.next(), 'there is no turn for what cannot begin')
  await end()
  turns.next()
  t.same(begun, [1, 2, 3])
  await end()
  await end()
  turns.next()
  t.same(begun, [1, 2, 3, 4, 5])
  await end()
  t.equal(turns.waiting(), 0)
})

t.test('what waits is not added twice; what is being worked on is worked on again', async t => {
  const { turns, begun, queue } = queueOf(5)
  queue.add(1)
  queue.add(1)
  turns.next()
  t.same(begun, [1])
  queue.add(1)
  turns.next()
  t.same(begun, [1, 1])
})

t.test('what was deleted, or waits when it is closed, is not worked on', async t => {
  const { turns, begun, queue, end } = queueOf(1)
  for (const item of [1, 2, 3]) queue.add(item)
  queue.delete(1)
  turns.next()
  t.same(begun, [2])
  queue.close()
  await end()
  t.equal(turns.waiting(), 0)
  t.same(begun, [2])
})
