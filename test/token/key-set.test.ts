import t from 'tap'
import type { SignatureAlgorithm } from '../../src/token/issuer.ts'
import { isKeyId, parseKeySet } from '../../src/token/key-set.ts'
import { jwkOf, keySetOf, makeKey } from '../support/tokens.ts'

const every: readonly SignatureAlgorithm[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']
const good = makeKey('good')
const rsa = makeKey('rsa', 'RS256')

function keyIds(body: string, algorithms: readonly SignatureAlgorithm[] = every): string[] | null {
  const keys = parseKeySet(body, algorithms, 100)
  return keys === null ? null : [...keys.keys()]
}

t.test('keys of every kind are found by their id', async t => {
  const keys = [good, rsa, makeKey('e384', 'ES384'), makeKey('e521', 'ES512'), makeKey('ed', 'EdDSA')]
  const parsed = parseKeySet(keySetOf(...keys), every, 100)!
  for (const key of keys) {
    t.same(parsed.get(key.keyId)?.algorithms, [key.algorithm])
    t.ok(parsed.get(key.keyId)?.publicKey.equals(key.publicKey))
  }
})

t.test("a key without alg may be used with those of the issuer's algorithms that fit it", async t => {
  const parsed = parseKeySet(
    keySetOf(jwkOf(rsa, { alg: undefined }), jwkOf(good, { alg: undefined })),
    every,
    100,
  )!
  t.same(parsed.get('rsa')?.algorithms, ['RS256', 'PS256'])
  t.same(parsed.get('good')?.algorithms, ['ES256'])
})

const notSets = [
  '',
  'null',
  '[]',
  '{}',
  '{"keys":{}}',
  '{"keys":[]}',
  '{"keys":null}',
  '<html></html>',
  '{"keys":[',
]
for (const body of notSets) {
  t.test(`${body === '' ? 'nothing' : body} is not a key set`, async t => t.equal(keyIds(body), null))
}

t.test('a key for an algorithm the issuer does not use is left out', async t => {
  t.equal(keyIds(keySetOf(good), ['RS256']), null)
  t.same(keyIds(keySetOf(good, rsa), ['RS256']), ['rsa'])
})

t.test('of two keys with one id the first usable one is taken', async t => {
  const other = makeKey('good')
  const parsed = parseKeySet(keySetOf(jwkOf(good, { use: 'enc' }), other, good), every, 100)!
  t.ok(parsed.get('good')?.publicKey.equals(other.publicKey))
})

t.test('a set of more keys than the bound is refused', async t => {
  const keys = Array.from({ length: 4 }, (_, index) => jwkOf(good, { kid: `k${index}` }))
  t.equal(parseKeySet(keySetOf(...keys), every, 3), null)
  t.equal(parseKeySet(keySetOf(...keys), every, 4)?.size, 4)
})

t.test('ids that name what every object inherits are ordinary ids', async t => {
  const keys = ['__proto__', 'constructor', 'toString'].map(kid => jwkOf(good, { kid }))
  const parsed = parseKeySet(keySetOf(...keys), every, 100)!
  t.equal(parsed.size, 3)
  t.equal(parsed.get('valueOf'), undefined)
})

t.test('a key id is a bounded printable string', async t => {
  for (const kid of ['a', '../../etc/passwd', "' OR 1=1", 'x'.repeat(256)]) t.ok(isKeyId(kid))
  for (const kid of ['', 'x'.repeat(257), 'a\nb', 'a\0', 'ä', 7, null, undefined, ['a'], { kid: 'a' }]) {
    t.notOk(isKeyId(kid))
  }
})
