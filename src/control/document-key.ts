import type { KeyObject } from 'node:crypto'
import { createPrivateKey } from 'node:crypto'
import type { Es256Key } from '../lib/es256.ts'
import { es256KeyOf } from '../lib/es256.ts'

/** @param text a P-256 private key, as PEM (PKCS #8 or SEC 1) or as JWK; throws for any other, without quoting it */
export function readDocumentKey(text: string): Es256Key {
  const key = parse(text)
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new TypeError('the key of access documents is not a P-256 private key in PEM or JWK')
  }
  return es256KeyOf(key)
}

function parse(text: string): KeyObject | null {
  try {
    const key = text.trimStart().startsWith('{') ? { key: JSON.parse(text), format: 'jwk' as const } : text
    return createPrivateKey(key)
  } catch {
    return null
  }
}
