import { calculateJwkThumbprint } from 'jose'
import t from 'tap'
import { createAssertionKey } from '../../src/signing/assertion-key.ts'

t.test('the key id is the RFC 7638 thumbprint of the public key', async t => {
  const key = createAssertionKey()
  t.equal(key.keyId, await calculateJwkThumbprint({ ...key.publicJwk }))
  t.equal(key.publicJwk.kid, key.keyId)
})

t.test('the public key holds no private member, and two processes never share one', async t => {
  const key = createAssertionKey()
  t.strictSame(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  t.not(createAssertionKey().keyId, key.keyId)
})
