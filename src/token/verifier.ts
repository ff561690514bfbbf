import { hash } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import type { Clock } from '../lib/clock.ts'
import type { Refused } from '../lib/refused.ts'
import { isRefused } from '../lib/refused.ts'
import type { Claims, TokenRefusalCode } from './claims.ts'
import type { ClaimsCheck } from './claims-check.ts'
import { createClaimsCheck } from './claims-check.ts'
import type { CompactToken } from './compact-token.ts'
import { parseCompactToken } from './compact-token.ts'
import type { DenyList } from './deny-list.ts'
import type { Issuer } from './issuer.ts'
import { memberOf } from './json-object.ts'
import type { VerificationKey } from './key-set.ts'
import type { IssuerKeys } from './key-source.ts'
import { refusedBy } from './rules.ts'

/** An issuer that is believed, and where its keys come from. */
export type TrustedIssuer = { readonly issuer: Issuer; readonly keys: IssuerKeys }

/** A token that was good when it was verified, and what must still hold for it to be good later. */
export type Verified = {
  readonly claims: Claims
  readonly key: VerificationKey
  readonly keys: IssuerKeys
  /** Its expiry, with the clock skew that its issuer is granted. */
  readonly goodUntilMs: number
}

export type Verifier = {
  /** @param digest SHA-256 of the token in base64url, where the caller has it already */
  readonly verify: (
    token: string,
    digest?: string,
  ) => Verified | Refused<TokenRefusalCode> | Promise<Verified | Refused<TokenRefusalCode>>
}

export type VerifierOptions = {
  readonly issuers: readonly TrustedIssuer[]
  readonly denyList: DenyList
  readonly clock: Clock
  readonly tokenLengthMax: number
}

type Prepared = TrustedIssuer & {
  readonly algorithms: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  readonly checkClaims: ClaimsCheck
}

type Result = Verified | Refused<TokenRefusalCode>

/**
 * Builds what tells a good token from any other. Cheap checks come first: size and shape, the issuer by exact match,
 * its algorithms and types; then the key; only then cryptography, with the algorithm pinned; then the claims.
 *
 * Nothing in the token chooses a key but its issuer and key id, and no algorithm is taken from it that the issuer and
 * the key do not both allow (RFC 8725 §3.1). Throws KEYS_UNAVAILABLE when the provider of an unknown key is away.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { denyList, clock, tokenLengthMax } = options
  const prepared = new Map(options.issuers.map(trusted => [trusted.issuer.issuer, prepare(trusted)]))

  return {
    verify: (token, digest) => {
      if (token.length > tokenLengthMax) return tooLarge
      const parsed = parseCompactToken(token)
      if (isRefused(parsed)) return parsed
      const issuer = memberOf(parsed.payload, 'iss')
      const trusted = typeof issuer === 'string' ? prepared.get(issuer) : undefined
      if (trusted === undefined) return refusedBy('token-issuer')
      if (!trusted.algorithms.has(parsed.algorithm)) return refusedBy('token-alg-refused', parsed.algorithm)
      if (!trusted.types.has(parsed.type)) return refusedBy('token-typ-refused', parsed.type)
      if (denyList.isWithdrawn(trusted.issuer.issuer, parsed.keyId)) return keyWithdrawn
      return verifyWithKey(token, digest, parsed, trusted)
    },
  }

  async function verifyWithKey(
    token: string,
    digest: string | undefined,
    parsed: CompactToken,
    trusted: Prepared,
  ): Promise<Result> {
    const key = await trusted.keys.find(parsed.keyId)
    if (key === null) return keyUnknown
    if (!isAllowed(key, parsed.algorithm)) return refusedBy('token-alg-refused', parsed.algorithm)
    const bad = await checkSignature(token, parsed.algorithm, key)
    if (bad !== null) return bad
    const claims = trusted.checkClaims(parsed.payload, {
      keyId: parsed.keyId,
      digest: digest ?? hash('sha256', token, 'base64url'),
      nowMs: clock.nowMs(),
    })
    if (isRefused(claims)) return claims
    const goodUntilMs = claims.expiresAtMs + trusted.issuer.clockSkewMs
    return { claims, key, keys: trusted.keys, goodUntilMs }
  }
}

const tooLarge = refusedBy('token-length')
const keyWithdrawn = refusedBy('token-key-withdrawn')
const keyUnknown = refusedBy('token-key-unknown')
const signatureInvalid = refusedBy('token-signature')
const unreadable = refusedBy('token-jose')

function prepare(trusted: TrustedIssuer): Prepared {
  return {
    ...trusted,
    algorithms: new Set(trusted.issuer.algorithms),
    types: new Set(trusted.issuer.types),
    checkClaims: createClaimsCheck(trusted.issuer),
  }
}

function isAllowed(key: VerificationKey, algorithm: string): boolean {
  return key.algorithms.some(allowed => allowed === algorithm)
}

/** The one place where jose throws for a bad token; what else it throws is a bug of ours and stays an exception. */
async function checkSignature(
  token: string,
  algorithm: string,
  key: VerificationKey,
): Promise<Refused<TokenRefusalCode> | null> {
  try {
    await compactVerify(token, key.publicKey, { algorithms: [algorithm] })
    return null
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return signatureInvalid
    if (error instanceof errors.JOSEError) return unreadable
    throw error
  }
}
