import t from 'tap'
import { GroupedCache } from '../../src/access/grouped-cache.ts'
import { createRandom } from '../support/random.ts'

t.test('a group is dropped without the others, and only what is to go', async t => {
  const dropped: string[] = []
  const cache = new GroupedCache<string>({ max: 10 }, value => dropped.push(value))
  cache.set('1', 'a', 'old')
  cache.set('2', 'a', 'new')
  cache.set('3', 'b', 'old')
  t.equal(
    cache.dropFrom('a', value => value === 'old'),
    1,
  )
  t.same([cache.get('1'), cache.get('2'), cache.get('3')], [undefined, 'new', 'old'])
  t.same(dropped, ['old'])
  t.equal(
    cache.dropFrom('nobody', () => true),
    0,
  )
})

t.test('a key that changes its group is dropped with the new one only', async t => {
  const cache = new GroupedCache<string>({ max: 10 })
  cache.set('1', 'a', 'first')
  cache.set('1', 'b', 'second')
  t.equal(
    cache.dropFrom('a', () => true),
    0,
  )
  t.equal(cache.get('1'), 'second')
  t.same(cache.groups(), ['b'])
})

t.test('what was used last stays; looking without using does not count', async t => {
  const cache = new GroupedCache<number>({ max: 2 })
  cache.set('1', 'a', 1)
  cache.set('2', 'a', 2)
  cache.get('1')
  cache.peek('2')
  cache.set('3', 'a', 3)
  t.same([cache.peek('1'), cache.peek('2'), cache.peek('3')], [1, undefined, 3])
})

t.test('what is larger than everything may be is not kept, and leaves no group behind', async t => {
  const cache = new GroupedCache<number>({ max: 10, sizeMax: 100 })
  cache.set('1', 'a', 1, 101)
  t.equal(cache.size, 0)
  t.same(cache.groups(), [])
})

t.test('whatever happens, groups name exactly what is kept', async t => {
  const random = createRandom(7)
  const cache = new GroupedCache<string>({ max: 20, sizeMax: 60 })
  const groupOf = new Map<string, string>()
  for (let step = 0; step < 20_000; step += 1) {
    const key = String(Math.floor(random() * 40))
    const group = String(Math.floor(random() * 5))
    const act = random()
    if (act < 0.6) {
      cache.set(key, group, `${key}/${group}`, 1 + Math.floor(random() * 5))
      groupOf.set(key, group)
    } else if (act < 0.8) cache.delete(key)
    else if (act < 0.9) cache.dropFrom(group, () => true)
    else cache.get(key)
    const kept = [...groupOf].filter(([each]) => cache.peek(each) !== undefined)
    const groups = new Set(kept.map(([, each]) => each))
    if (kept.length !== cache.size || [...groups].sort().join() !== [...cache.groups()].sort().join()) {
      t.fail(`step ${step}`)
      return
    }
  }
  t.ok(groupOf.size > 0)
})
