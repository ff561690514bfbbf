import type { Es256Key } from '../lib/es256.ts'
import { createCompactSigner } from '../lib/es256.ts'

/** The `typ` of an assertion: no other JWT that this key might sign can be taken for one (RFC 8725 §3.11). */
export const assertionType = 'postern-assertion+jwt'

/** What an assertion says beside issuer, audience and times. Names follow OIDC and RFC 9068 where they have one. */
export type AssertionClaims = {
  readonly sub: string
  readonly tenant_id: string
  readonly workspace_id?: string
  readonly roles: readonly string[]
  readonly plan: string
  /** The access version it was decided at. */
  readonly access_version: number
}

/** @param endsAtMs wall time past which nothing may be asserted, though its life were longer; null for none */
export type AssertionSigner = (claims: AssertionClaims, nowMs: number, endsAtMs: number | null) => string

/**
 * Builds the function that signs assertions: compact JWS, ES256.
 *
 * @param options.issuer who asserts: this sidecar
 * @param options.audience the service that may believe it
 */
export function createAssertionSigner(options: {
  readonly key: Es256Key
  readonly issuer: string
  readonly audience: string
  readonly lifetimeMs: number
}): AssertionSigner {
  const { key, issuer, audience, lifetimeMs } = options
  const sign = createCompactSigner({ ...key, type: assertionType })
  return (claims, nowMs, endsAtMs) => {
    const iat = Math.floor(nowMs / 1000)
    const exp = Math.floor(Math.min(iat * 1000 + lifetimeMs, endsAtMs ?? Number.POSITIVE_INFINITY) / 1000)
    return sign({ iss: issuer, aud: audience, iat, exp, ...claims })
  }
}
