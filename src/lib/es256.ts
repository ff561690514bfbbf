import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'

/** A P-256 private key, with what is published of it. */
export type Es256Key = {
  /** Thumbprint of the public key (RFC 7638). */
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicJwk: Readonly<Record<string, string>>
}

/** A new key, which lives as long as the process. */
export function generateEs256Key(): Es256Key {
  return es256KeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

/** The key id hashes the required members in the order of their names, without spaces (RFC 7638 §3). */
export function es256KeyOf(privateKey: KeyObject): Es256Key {
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' }) as Record<string, string>
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  const publicJwk = Object.freeze({
    kty: kty!,
    crv: crv!,
    x: x!,
    y: y!,
    alg: 'ES256',
    use: 'sig',
    kid: keyId,
  })
  return { keyId, privateKey, publicJwk }
}

/**
 * Builds the function that signs claims as compact JWS (RFC 7515 §7.1, RFC 7518 §3.4). Synchronous: one P-256
 * signature.
 *
 * @param options.type the `typ`, so that no JWS of this key for one use passes for another's (RFC 8725 §3.11)
 */
export function createCompactSigner(options: {
  readonly privateKey: KeyObject
  readonly keyId: string
  readonly type: string
}): (claims: object) => string {
  const head = encode({ alg: 'ES256', typ: options.type, kid: options.keyId })
  const key = { key: options.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return claims => {
    const signed = `${head}.${encode(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
