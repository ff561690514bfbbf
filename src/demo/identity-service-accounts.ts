import { randomUUID } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { DemoKey } from './identity-keys.ts'

export type ServiceAccounts = {
  readonly issuer: string
  readonly audience: string
  readonly discoveryPath: string
  readonly jwksPath: string
  readonly discoveryDocument: () => object
  readonly keySet: () => object
  /** @param subject `system:serviceaccount:<namespace>:<name>` */
  readonly token: (subject: string, ageMs?: number) => Promise<string>
}

const audience = 'postern-control'
const subjectPattern = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9.-]{1,253})$/

/** Stands in for a cluster's issuer of bound service-account tokens: the credential of a sidecar at the control plane. */
export function createServiceAccounts(options: {
  readonly origin: string
  readonly clock: Clock
  readonly key: DemoKey
  readonly tokenLifetimeMs: number
}): ServiceAccounts {
  const { origin, clock, key, tokenLifetimeMs } = options
  const issuer = `${origin}/kubernetes`
  const jwksPath = '/kubernetes/openid/v1/jwks'
  return {
    issuer,
    audience,
    discoveryPath: '/kubernetes/.well-known/openid-configuration',
    jwksPath,
    discoveryDocument: () => ({
      issuer,
      jwks_uri: `${origin}${jwksPath}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    keySet: () => ({
      keys: [{ use: 'sig', kty: 'RSA', kid: key.keyId, alg: 'RS256', n: key.modulus, e: key.exponent }],
    }),
    token: (subject, ageMs = 0) => {
      const named = subjectPattern.exec(subject)
      if (named === null) throw new TypeError('a service account is system:serviceaccount:<namespace>:<name>')
      const issuedAt = Math.floor((clock.nowMs() - ageMs) / 1000)
      return key.sign({
        aud: [audience],
        exp: issuedAt + Math.floor(tokenLifetimeMs / 1000),
        iat: issuedAt,
        nbf: issuedAt,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace: named[1], serviceaccount: { name: named[2], uid: randomUUID() } },
        sub: subject,
      })
    },
  }
}
