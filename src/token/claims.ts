/**
 * What a verified token says, reduced to what Postern uses. Nothing in it is authority over a tenant: `tenantRef`
 * only selects, the membership decides.
 */
export type Claims = {
  readonly issuer: string
  readonly subject: string
  /** The tenant the token asks for, an id or a slug, from the issuer's mapped claim; null when it names none. */
  readonly tenantRef: string | null
  /** The session that the token belongs to, from the issuer's mapped claim; null when it names none. */
  readonly sessionId: string | null
  readonly keyId: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** SHA-256 of the whole token: names the token without being it. */
  readonly digest: string
}

export type TokenRefusalCode =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_TOO_LARGE'
  | 'TOKEN_ISSUER_UNKNOWN'
  | 'TOKEN_ALGORITHM_REFUSED'
  | 'TOKEN_KEY_UNKNOWN'
  | 'TOKEN_KEY_WITHDRAWN'
  | 'TOKEN_SIGNATURE_INVALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_NOT_YET_VALID'
  | 'TOKEN_AUDIENCE_WRONG'
  | 'TOKEN_CLAIMS_INVALID'
  | 'TOKEN_REVOKED'
