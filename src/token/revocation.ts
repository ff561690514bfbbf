/**
 * Tokens that are void before they expire. Until `expiresAtMs`, when every token that it speaks of has expired, it is
 * kept by whoever checks tokens. Wall times in milliseconds.
 */
export type Revocation = {
  readonly id: string
  readonly expiresAtMs: number
} & RevokedTokens

/** Tokens issued before `notBeforeMs`; of a key, all that it ever signed. */
export type RevokedTokens =
  | {
      readonly kind: 'session'
      readonly issuer: string
      readonly sessionId: string
      readonly notBeforeMs: number
    }
  | {
      readonly kind: 'principal'
      readonly issuer: string
      readonly subject: string
      /** Null in every tenant; else only where that tenant is meant. */
      readonly tenantId: string | null
      readonly notBeforeMs: number
    }
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly notBeforeMs: number }
  | { readonly kind: 'key'; readonly issuer: string; readonly keyId: string }
