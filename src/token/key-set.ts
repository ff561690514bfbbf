import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { isFields } from '../lib/json-values.ts'
import type { SignatureAlgorithm } from './issuer.ts'
import { hasRocaMark } from './roca.ts'

/** One published key that may check signatures, and by which algorithms. */
export type VerificationKey = {
  readonly keyId: string
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly publicKey: KeyObject
}

/** By key id, within one issuer: the same key id at another issuer is another key. */
export type KeySet = ReadonlyMap<string, VerificationKey>

type KeyDemands = { readonly kty: string; readonly crv: string | null }

const demandsOf: Readonly<Record<SignatureAlgorithm, KeyDemands>> = {
  RS256: { kty: 'RSA', crv: null },
  RS384: { kty: 'RSA', crv: null },
  RS512: { kty: 'RSA', crv: null },
  PS256: { kty: 'RSA', crv: null },
  PS384: { kty: 'RSA', crv: null },
  PS512: { kty: 'RSA', crv: null },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
}

const rsaBitsMin = 2048
// A larger modulus or exponent makes every verification slower and no signature safer.
const rsaBitsMax = 8192
const rsaExponentMax = 2n ** 32n
const keyIdPattern = /^[\x20-\x7e]{1,256}$/
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads a JSON Web Key Set (RFC 7517 §5). A key that is weak, broken, secret, or made for something else is left out
 * alone and the others work (threats 59, 61). A key without `alg`, as Azure AD B2C publishes them, may be used with
 * each of the issuer's algorithms that fits its type and curve. Of two keys with one id, the first is taken.
 *
 * @returns null when nothing usable is in it: that is not a key set, and must not replace one
 */
export function parseKeySet(
  body: string,
  algorithms: readonly SignatureAlgorithm[],
  keysMax: number,
): KeySet | null {
  const published = membersKeys(body)
  if (published === null || published.length > keysMax) return null
  const keys = new Map<string, VerificationKey>()
  for (const jwk of published) {
    const key = usableKey(jwk, algorithms)
    if (key !== null && !keys.has(key.keyId)) keys.set(key.keyId, key)
  }
  return keys.size === 0 ? null : keys
}

/** A key id as tokens and key sets may spell it: bounded, printable, without a surprise for whoever logs or stores it. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && keyIdPattern.test(value)
}

function membersKeys(body: string): readonly unknown[] | null {
  try {
    const document: unknown = JSON.parse(body)
    return isFields(document) && Array.isArray(document.keys) ? document.keys : null
  } catch {
    return null
  }
}

function usableKey(jwk: unknown, accepted: readonly SignatureAlgorithm[]): VerificationKey | null {
  if (!isFields(jwk) || !isKeyId(jwk.kid)) return null
  if (jwk.use !== undefined && jwk.use !== 'sig') return null
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    return null
  for (const name of privateMembers) if (Object.hasOwn(jwk, name)) return null
  const algorithms = accepted.filter(algorithm => isMadeFor(jwk, algorithm))
  if (algorithms.length === 0) return null
  const publicKey = importKey(jwk)
  return publicKey === null ? null : { keyId: jwk.kid, algorithms, publicKey }
}

function isMadeFor(jwk: Readonly<Record<string, unknown>>, algorithm: SignatureAlgorithm): boolean {
  const demands = demandsOf[algorithm]
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return false
  return jwk.kty === demands.kty && (demands.crv === null || jwk.crv === demands.crv)
}

/** Only the members that make the key are handed on. OpenSSL refuses a point that is not on its curve. */
function importKey(jwk: Readonly<Record<string, unknown>>): KeyObject | null {
  try {
    const { kty, crv, x, y, n, e } = jwk as Readonly<Record<string, string>>
    const material = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
    const publicKey = createPublicKey({ format: 'jwk', key: material as Record<string, string> })
    return kty !== 'RSA' || isStrongRsa(publicKey, n) ? publicKey : null
  } catch {
    return null
  }
}

function isStrongRsa(publicKey: KeyObject, modulus = ''): boolean {
  const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength < rsaBitsMin || modulusLength > rsaBitsMax) return false
  if (publicExponent <= 1n || publicExponent > rsaExponentMax || publicExponent % 2n === 0n) return false
  return !hasRocaMark(BigInt(`0x${Buffer.from(modulus, 'base64url').toString('hex')}`))
}
