import type { Refused } from '../lib/refused.ts'
import type { JsonObject } from './json-object.ts'
import { memberOf, parseJsonObject } from './json-object.ts'
import { isKeyId } from './key-set.ts'
import { refusedBy } from './rules.ts'

/** A compact JWS taken apart; nothing in it is believed yet. */
export type CompactToken = {
  readonly algorithm: string
  readonly keyId: string
  /** Lower case, without `application/`; `jwt` where the header has none. */
  readonly type: string
  readonly payload: JsonObject
}

const compactPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/**
 * Header members that would change how the token is to be read, or point to a key other than the issuer's: none is
 * understood here. `jwk`, `jku`, `x5u` and `x5c` are not among them: they are simply never looked at (threat 53).
 */
const changingMembers = ['crit', 'b64', 'zip', 'enc', 'epk', 'p2c', 'p2s']

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a token apart without any cryptography, so that what cannot be a good token costs little. Five parts (JWE), a
 * token inside a token, another encoding of the same bytes, and a member named twice are all refused here.
 *
 * @returns TOKEN_MALFORMED, with its rule, when it is not one unambiguous JWS with a JSON object inside
 */
export function parseCompactToken(token: string): CompactToken | Refused<'TOKEN_MALFORMED'> {
  if (!compactPattern.test(token)) return refusedBy('token-shape')
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  const header = decodeObject(token.slice(0, headerEnd))
  if (header === null) return refusedBy('token-header')
  if (!isCanonical(token.slice(payloadEnd + 1))) return refusedBy('token-signature-encoding')
  const algorithm = memberOf(header, 'alg')
  const keyId = memberOf(header, 'kid')
  const type = typeOf(header)
  if (typeof algorithm !== 'string') return refusedBy('token-alg')
  if (!isKeyId(keyId)) return refusedBy('token-kid')
  if (type === null) return refusedBy('token-typ')
  for (const name of changingMembers)
    if (Object.hasOwn(header, name)) return refusedBy('token-header-member', name)
  const payload = decodeObject(token.slice(headerEnd + 1, payloadEnd))
  return payload === null ? refusedBy('token-payload') : { algorithm, keyId, type, payload }
}

/** RFC 7515 §4.1.9: the prefix may be left out, and a media type is compared without case. */
function typeOf(header: JsonObject): string | null {
  if (!Object.hasOwn(header, 'typ')) return 'jwt'
  const type = memberOf(header, 'typ')
  if (typeof type !== 'string') return null
  const lower = type.toLowerCase()
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower
}

function decodeObject(part: string): JsonObject | null {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) return null
  try {
    return parseJsonObject(strictUtf8.decode(bytes))
  } catch {
    return null
  }
}

/** Bits beyond the last byte must be zero, or one signature could be written in several ways. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}
