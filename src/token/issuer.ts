/** One identity provider whose tokens are believed, and within which bounds. Digested from configuration by wire.ts. */
export type Issuer = {
  /** Compared byte for byte with `iss`; Azure AD B2C's ends in a slash. */
  readonly issuer: string
  /** Where the key set is. Exactly one of the two is set; a discovery document must name this issuer. */
  readonly jwksUri: string | null
  readonly discoveryUri: string | null
  /** Any one of them must be in `aud`. */
  readonly audiences: readonly string[]
  /** JOSE names; only asymmetric ones exist here. */
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Accepted `typ` headers, lower case; an absent `typ` counts as `jwt` (RFC 8725 §3.11). */
  readonly types: readonly string[]
  /** B2C user flows or policies (`tfp`, formerly `acr`), compared without case; empty accepts any. */
  readonly policies: readonly string[]
  readonly clockSkewMs: number
  /** The longest `exp - iat` that is believed. */
  readonly lifetimeMsMax: number
  readonly subjectClaim: string
  /** The claim that selects a tenant, or null. */
  readonly tenantClaim: string | null
  /** The claim that names the session a token belongs to, or null. */
  readonly sessionClaim: string | null
}

export type SignatureAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
