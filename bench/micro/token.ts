import { createPublicKey } from 'node:crypto'
import { createDemoKey } from '../../src/demo/identity-keys.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Issuer } from '../../src/token/issuer.ts'
import type { VerificationKey } from '../../src/token/key-set.ts'
import { Revocations } from '../../src/token/revocations.ts'
import { createVerifiedTokens } from '../../src/token/verified-tokens.ts'
import { createVerifier } from '../../src/token/verifier.ts'
import type { Subject } from './timing.ts'

/** What remembering a verified token saves: the lookup by digest, with all that is asked again, against RS256. */
export async function tokenSubjects(): Promise<readonly Subject[]> {
  const issuer: Issuer = {
    issuer: 'https://id.example/v2.0/',
    jwksUri: 'https://id.example/keys',
    discoveryUri: null,
    audiences: ['bench'],
    algorithms: ['RS256'],
    types: ['jwt'],
    policies: [],
    clockSkewMs: 10_000,
    lifetimeMsMax: 3_600_000,
    subjectClaim: 'sub',
    tenantClaim: 'tenant',
    sessionClaim: 'sid',
  }
  const signing = await createDemoKey()
  const publicKey = createPublicKey({
    key: { kty: 'RSA', n: signing.modulus, e: signing.exponent },
    format: 'jwk',
  })
  const key: VerificationKey = { keyId: signing.keyId, algorithms: ['RS256'], publicKey }
  const keys = { find: () => key, holds: (asked: VerificationKey) => asked === key }
  const iat = Math.floor(Date.now() / 1000)
  const token = await signing.sign({
    iss: issuer.issuer,
    aud: 'bench',
    sub: 'user-1',
    tenant: 'acme',
    iat,
    exp: iat + 3600,
  })

  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  const clock = systemClock
  const verifier = createVerifier({ issuers: [{ issuer, keys }], denyList, clock, tokenLengthMax: 8192 })
  const revocations = new Revocations({
    issuers: new Set([issuer.issuer]),
    denyList,
    clock,
    skewMs: 0,
    perKindMax: 1000,
  })
  revocations.complete()
  const events = { onHit: () => {}, onMiss: () => {} }
  const remembered = createVerifiedTokens({
    verifier,
    denyList,
    revocations,
    clock,
    tokensMax: 1000,
    bytesMax: 1_048_576,
    events,
  })
  return [
    {
      name: 'token, remembered',
      check: async () => {
        await remembered.verify(token)
        expectSubject(remembered.verify(token))
      },
      run: () => remembered.verify(token),
    },
    {
      name: 'token, verified (RS256)',
      check: async () => expectSubject(await remembered.verify(token)),
      run: () => verifier.verify(token),
    },
  ]
}

function expectSubject(claims: unknown): void {
  if ((claims as { subject?: unknown }).subject !== 'user-1') throw new Error('the token was not believed')
}
