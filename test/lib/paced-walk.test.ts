import t from 'tap'
import { PacedWalk } from '../../src/lib/paced-walk.ts'
import { createTurns } from '../support/turns.ts'

function walkOver(count: number) {
  const turns = createTurns()
  const items = new Set(Array.from({ length: count }, (_, index) => index))
  const visited: number[] = []
  const visits = { also: (_item: number) => {} }
  const visit = (item: number) => {
    visited.push(item)
    visits.also(item)
  }
  const walk = new PacedWalk({ items, visit, visitsPerTurn: 3, clock: turns.clock })
  return { turns, items, visited, visits, walk }
}

t.test('visits all, so many in a turn, and none in the turn it was started in', async t => {
  const { turns, visited, walk } = walkOver(7)
  walk.start()
  t.same(visited, [])
  turns.next()
  t.same(visited, [0, 1, 2])
  turns.next()
  turns.next()
  t.same(visited, [0, 1, 2, 3, 4, 5, 6])
  t.notOk(turns.next(), 'and then it rests')
})

t.test('started several times before it begins, it walks once', async t => {
  const { turns, visited, walk } = walkOver(2)
  walk.start()
  walk.start()
  turns.next()
  t.notOk(turns.next())
  t.same(visited, [0, 1])
})

t.test('started while it is under way, it walks again from the beginning', async t => {
  const { turns, visited, walk } = walkOver(4)
  walk.start()
  turns.next()
  walk.start()
  while (turns.next());
  t.same(visited, [0, 1, 2, 3, 0, 1, 2, 3])
})

t.test('what comes and goes meanwhile does no harm to the others', async t => {
  const { turns, items, visited, visits, walk } = walkOver(6)
  visits.also = item => {
    items.delete(item)
    items.delete(4)
    items.add(9)
  }
  walk.start()
  while (visited.length < 6 && turns.next());
  t.same(visited, [0, 1, 2, 3, 5, 9])
})

t.test('once closed it visits nothing, and waits for nothing', async t => {
  const { turns, visited, walk } = walkOver(6)
  walk.start()
  turns.next()
  walk.close()
  t.equal(turns.waiting(), 0)
  t.equal(visited.length, 3)
})
