import type { KeyObject } from 'node:crypto'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'

/** The key that signs access documents, and what is published of it. */
export type DocumentKey = {
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicJwk: Readonly<Record<string, string>>
}

/** A new P-256 key that lives as long as the process. */
export function generateDocumentKey(): DocumentKey {
  return documentKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
}

/** @param text a P-256 private key, as PEM (PKCS #8 or SEC 1) or as JWK; throws for any other, without quoting it */
export function readDocumentKey(text: string): DocumentKey {
  const key = parse(text)
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new TypeError('the key of access documents is not a P-256 private key in PEM or JWK')
  }
  return documentKeyOf(key)
}

function parse(text: string): KeyObject | null {
  try {
    const key = text.trimStart().startsWith('{') ? { key: JSON.parse(text), format: 'jwk' as const } : text
    return createPrivateKey(key)
  } catch {
    return null
  }
}

/** The key id is the thumbprint of RFC 7638: its members in this order, without spaces. */
function documentKeyOf(privateKey: KeyObject): DocumentKey {
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
