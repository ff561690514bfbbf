import t from 'tap'
import { startTokenWorld, worldKeys, worldStartMs } from '../../support/token-world.ts'
import { startKeySetServer } from '../../support/tokens.ts'
import { tokenAttacks } from './corpus.ts'

t.test('every token attack is answered as expected, and nobody whom a token names is asked', async t => {
  const world = await startTokenWorld(t)
  const canary = await startKeySetServer('{}')
  t.teardown(() => canary.close())
  const { issuer } = world.one
  const attacks = tokenAttacks({ issuer, nowMs: worldStartMs, keys: worldKeys, canary: canary.origin })
  t.ok(attacks.length >= 170, `${attacks.length} attacks`)
  t.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length, 'each has its own name')
  // Twice: nothing that failed is remembered as anything else.
  for (const round of ['first', 'again']) {
    for (const { threat, name, token, expected } of attacks)
      t.equal(await world.verify(token), expected, `${threat}: ${name}, ${round}`)
  }
  t.same(canary.asked, [])
  t.equal(world.fetches(), 2, 'each provider was asked once, at the start')
})
