import type { KeyObject } from 'node:crypto'
import { createHash, generateKeyPairSync } from 'node:crypto'

/** The key of one process: it exists in memory only, and dies with it. */
export type AssertionKey = {
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string
  readonly privateKey: KeyObject
  /** What the service beside us checks assertions with. */
  readonly publicJwk: Readonly<Record<string, string>>
}

/** Makes a P-256 key for ES256. */
export function createAssertionKey(): AssertionKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { crv, x, y } = publicKey.export({ format: 'jwk' })
  const required = { crv: crv!, kty: 'EC', x: x!, y: y! }
  const keyId = createHash('sha256').update(JSON.stringify(required)).digest('base64url')
  return {
    keyId,
    privateKey,
    publicJwk: Object.freeze({ ...required, kid: keyId, use: 'sig', alg: 'ES256' }),
  }
}
