/**
 * Threat 59: one key that cannot be read makes a whole key set, or the process, useless.
 * Advisories: CVE-2025-64527, CVE-2026-42576
 * Defence: each key is read alone, and one that is of no use is left out (usableKey and importKey in
 * src/token/key-set.ts); a set without any usable key never replaces one that is held (src/token/key-
 * source.ts).
 */
import t from 'tap'
import { brokenKeys } from '../hostile/tokens/bad-keys.ts'
import { startTokenWorld, tokenOf, worldKeys } from '../support/token-world.ts'
import { jwkOf, makeKey } from '../support/tokens.ts'

t.test(
  'a key that is broken, secret or for something else is left out alone, wherever it stands',
  async t => {
    const world = await startTokenWorld(t)
    const next = makeKey('next')
    const sound = jwkOf(next)
    for (const [name, bad] of Object.entries(brokenKeys)) {
      for (const keys of [
        [bad, sound],
        [sound, bad],
        [bad, bad, sound, bad],
      ]) {
        world.one.server.respond(JSON.stringify({ keys }))
        t.equal(await world.one.refresh(), null, name)
        t.equal(world.one.keys.state().keyCount, 1, name)
      }
      t.match(world.one.keys.find('next'), { keyId: 'next' }, name)
    }
    const iat = world.clock.nowMs() / 1000
    t.equal(await world.verify(tokenOf(world, next, { iat, exp: iat + 60 })), 'good')
  },
)

t.test('a set of nothing but such keys is none, and the one that is held stays', async t => {
  const world = await startTokenWorld(t)
  for (const [name, bad] of Object.entries(brokenKeys)) {
    world.one.server.respond(JSON.stringify({ keys: [bad] }))
    t.match(await world.one.refresh(), { message: 'the answer holds no usable key' }, name)
  }
  const iat = world.clock.nowMs() / 1000
  t.equal(await world.verify(tokenOf(world, worldKeys.ec, { iat, exp: iat + 60 })), 'good')
})
