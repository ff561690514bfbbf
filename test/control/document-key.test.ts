import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import t from 'tap'
import { readDocumentKey } from '../../src/control/document-key.ts'
import { generateEs256Key } from '../../src/lib/es256.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }))

t.test('PEM and JWK of one key give one key id, the thumbprint of RFC 7638', async t => {
  const fromPem = readDocumentKey(pem)
  const fromJwk = readDocumentKey(`\n ${jwk}`)
  t.same(fromJwk.publicJwk, fromPem.publicJwk)
  t.equal(fromPem.keyId, await calculateJwkThumbprint(privateKey.export({ format: 'jwk' })))
})

t.test('what is published checks what is kept, and holds nothing private', async t => {
  const key = generateEs256Key()
  t.ok(createPublicKey(key.privateKey).equals(createPublicKey({ key: key.publicJwk, format: 'jwk' })))
  t.same(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  t.equal(key.publicJwk.kid, key.keyId)
})

t.test('any other key, a public one, and what is no key are refused without being quoted', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  for (const text of [
    '',
    'not a key',
    '{',
    '{"kty":"oct","k":"c2VjcmV0"}',
    rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    curve.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }) as string,
  ]) {
    t.throws(() => readDocumentKey(text), {
      message: 'the key of access documents is not a P-256 private key in PEM or JWK',
      cause: undefined,
    })
  }
})
