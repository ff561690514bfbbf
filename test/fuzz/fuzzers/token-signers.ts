import { createHmac, createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SignatureAlgorithm } from '../../../src/token/issuer.ts'
import type { TestKey } from '../../support/tokens.ts'
import { encodePart, jwkOf, signToken } from '../../support/tokens.ts'

/**
 * Keys that are the same in every run, so that kept tokens stay good: those that RFC 7515 (appendix A.2 and A.3) and
 * RFC 8037 (appendix A.1) publish, and one that is nobody's.
 */
const published = JSON.parse(readFileSync(new URL('./rfc-keys.json', import.meta.url), 'utf8'))

export const rsaKey = keyOf('r1', 'RS256', { format: 'jwk', key: published.r1 })
export const curveKey = keyOf('e1', 'ES256', { format: 'jwk', key: published.e1 })
export const edwardsKey = keyOf('d1', 'EdDSA', { format: 'jwk', key: published.d1 })
export const otherKey = keyOf('d1', 'EdDSA', {
  format: 'der',
  type: 'pkcs8',
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
})

/** Signs with what a verifier must not take for a key of the issuer. Deterministic, as ECDSA is not. */
export type Forger = (header: string, payload: string) => string

export const forgers: readonly Forger[] = [
  (header, payload) => signToken(otherKey, payload, header),
  (header, payload) => signToken({ ...rsaKey, algorithm: 'RS384' }, payload, header),
  (header, payload) => signToken({ ...rsaKey, algorithm: 'RS512' }, payload, header),
  ...[rsaKey, curveKey, edwardsKey].flatMap(secretsOf).map(hmac),
  (header, payload) => `${encodePart(header)}.${encodePart(payload)}.`,
  (header, payload) =>
    `${encodePart(header)}.${encodePart(payload)}.${Buffer.alloc(64).toString('base64url')}`,
]

/** Says for itself whether this key made the signature. */
export function isSignedBy(key: TestKey, token: string): boolean {
  const end = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  const algorithm = key.algorithm === 'EdDSA' ? null : 'sha256'
  return verify(
    algorithm,
    Buffer.from(token.slice(0, end)),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    signature,
  )
}

function keyOf(
  keyId: string,
  algorithm: SignatureAlgorithm,
  material: Parameters<typeof createPrivateKey>[0],
): TestKey {
  const privateKey = createPrivateKey(material)
  return { keyId, algorithm, privateKey, publicKey: createPublicKey(privateKey) }
}

/** What a verifier that mixes up algorithms would take for the secret of an HMAC (threats 52). */
function secretsOf(key: TestKey): (string | Buffer)[] {
  return [
    key.publicKey.export({ type: 'spki', format: 'pem' }),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwkOf(key)),
    '',
  ]
}

function hmac(secret: string | Buffer): Forger {
  return (header, payload) => {
    const signed = `${encodePart(header)}.${encodePart(payload)}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
}
