import { calculateJwkThumbprint, importJWK, jwtVerify } from 'jose'
import t from 'tap'
import { createCompactSigner, generateEs256Key } from '../../src/lib/es256.ts'

const key = generateEs256Key()

t.test('the key id is the RFC 7638 thumbprint of the public key', async t => {
  t.equal(key.keyId, await calculateJwkThumbprint({ ...key.publicJwk }))
  t.equal(key.publicJwk.kid, key.keyId)
})

t.test('the public key holds no private member, and no key is made twice', async t => {
  t.strictSame(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  t.not(generateEs256Key().keyId, key.keyId)
})

t.test('what is signed is a JWS of this type, by this key', async t => {
  const sign = createCompactSigner({ ...key, type: 'test+jwt' })
  const options = { algorithms: ['ES256'], typ: 'test+jwt' }
  const { payload, protectedHeader } = await jwtVerify(
    sign({ sub: 'x' }),
    await importJWK({ ...key.publicJwk }),
    options,
  )
  t.equal(payload.sub, 'x')
  t.equal(protectedHeader.kid, key.keyId)
  const other = await importJWK({ ...generateEs256Key().publicJwk })
  await t.rejects(jwtVerify(sign({ sub: 'x' }), other, options), {
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})
