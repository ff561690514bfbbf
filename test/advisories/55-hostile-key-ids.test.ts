/**
 * Threat 55: a key id that is a path, a statement, an address, another type or another alphabet.
 * Advisories: none
 * Defence: a key id is bounded printable text (isKeyId in src/token/key-set.ts) that only ever keys a Map
 * (src/token/key-source.ts), and no refusal repeats it.
 */
import t from 'tap'
import { forged } from '../hostile/tokens/attack.ts'
import { proveRefused } from '../hostile/tokens/prove.ts'
import { startTokenWorld, worldKeys, worldStartMs } from '../support/token-world.ts'
import { keySetOf, makeKey } from '../support/tokens.ts'

t.test('a key id is the name of a key and nothing else', async t => proveRefused(t, 55))

t.test('a key is found under an odd id that is published, and under no other', async t => {
  const world = await startTokenWorld(t)
  const odd = ['__proto__', 'constructor', '../../etc/passwd', "' OR 1=1 --"]
  const keys = odd.map(keyId => makeKey(keyId))
  world.one.server.respond(keySetOf(...keys))
  t.equal(await world.one.refresh(), null)
  const { issuer } = world.one
  const victim = { issuer, nowMs: worldStartMs + 300_000, keys: worldKeys, canary: '' }
  for (const key of keys) {
    t.equal(await world.verify(forged(victim, key)), 'good')
    const other = { ...key, keyId: odd.find(keyId => keyId !== key.keyId)! }
    t.equal(await world.verify(forged(victim, other)), 'TOKEN_SIGNATURE_INVALID token-signature')
  }
  const inherited = forged(victim, { ...keys[0]!, keyId: 'toString' })
  t.equal(await world.verify(inherited), 'TOKEN_KEY_UNKNOWN token-key-unknown')
})
