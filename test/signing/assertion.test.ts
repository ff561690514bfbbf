import { createPublicKey, verify } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { generateEs256Key } from '../../src/lib/es256.ts'
import { createAssertionSigner } from '../../src/signing/assertion.ts'

const key = generateEs256Key()
const sign = createAssertionSigner({ key, issuer: 'postern:notes', audience: 'notes', lifetimeMs: 30_000 })
const claims = { sub: 'user', tenant_id: 'tenant', roles: ['member'], plan: 'pro', access_version: 1 }

t.test('the head names algorithm, type and key', async t => {
  t.strictSame(decodeProtectedHeader(sign(claims, 0, null)), {
    alg: 'ES256',
    typ: 'postern-assertion+jwt',
    kid: key.keyId,
  })
})

t.test('times are whole seconds from the time it is given', async t => {
  const { iat, exp, iss, aud } = decodeJwt(sign(claims, 1_800_000_000_999, null))
  t.strictSame(
    { iat, exp, iss, aud },
    {
      iat: 1_800_000_000,
      exp: 1_800_000_030,
      iss: 'postern:notes',
      aud: 'notes',
    },
  )
})

t.test('one changed byte anywhere breaks the signature', async t => {
  const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' })
  const [head, payload, signature] = sign(claims, 0, null).split('.') as [string, string, string]
  const check = (input: string) =>
    verify(
      'sha256',
      Buffer.from(input),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
  t.equal(check(`${head}.${payload}`), true)
  const forged = Buffer.from(JSON.stringify({ ...decodeJwt(`${head}.${payload}.`), tenant_id: 'other' }))
  t.equal(check(`${head}.${forged.toString('base64url')}`), false)
})
