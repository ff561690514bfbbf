import t from 'tap'
import { hostileCases } from './corpus.ts'
import { honestCases } from './honest.ts'

t.test('no case is there twice', async t => {
  for (const all of [hostileCases, honestCases]) {
    const seen = new Set<string>()
    const twice = all.filter(({ bytes }) => seen.size === seen.add(bytes).size)
    t.same(
      twice.filter(each => !('source' in each) || each.source === 'own').map(({ name }) => name),
      [],
    )
  }
})
