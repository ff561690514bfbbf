import type { Issuer } from '../token/issuer.ts'
import type { KeySourceOptions } from '../token/key-source.ts'
import type { DeepReadonly, ProxyConfig } from './config.ts'
import type { IssuerSource } from './proxy-schema.ts'

/** The issuers as the token verifier reads them. */
export function issuersOf(issuers: readonly DeepReadonly<IssuerSource>[]): Issuer[] {
  return issuers.map(source => ({
    issuer: source.issuer,
    jwksUri: source.jwksUri,
    discoveryUri: source.discoveryUri,
    audiences: source.audiences,
    algorithms: source.algorithms,
    types: source.types.map(type => type.toLowerCase()),
    policies: source.policies,
    clockSkewMs: source.clockSkewSeconds * 1000,
    lifetimeMsMax: source.lifetimeSecondsMax * 1000,
    subjectClaim: source.claims.subject,
    tenantClaim: source.claims.tenant,
    sessionClaim: source.claims.session,
  }))
}

/** How each issuer's keys are fetched and kept. */
export function keySourceOptions(
  keys: ProxyConfig['keys'],
): KeySourceOptions & { readonly bodyBytesMax: number } {
  return {
    refreshMs: keys.refreshMs,
    retryMs: keys.retryMs,
    cooldownMs: keys.cooldownMs,
    missMs: keys.missMs,
    missesMax: keys.unknownKeyIds,
    staleMs: keys.staleMs,
    timeoutMs: keys.timeoutMs,
    waitersMax: keys.waiters,
    keysMax: keys.keys,
    bodyBytesMax: keys.bytes,
  }
}
