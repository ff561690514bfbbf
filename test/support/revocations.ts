import { systemClock } from '../../src/lib/clock.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import type { Revocation, RevokedTokens } from '../../src/token/revocation.ts'
import type { RevocationsOptions } from '../../src/token/revocations.ts'
import { Revocations } from '../../src/token/revocations.ts'
import { issuer } from './access.ts'

/** Revocations that are complete, of which there are none yet. */
export function makeRevocations(more: Partial<RevocationsOptions> = {}): Revocations {
  const revocations = new Revocations({
    issuers: new Set([issuer]),
    denyList: new DenyList({ keysPerIssuerMax: 10 }),
    clock: systemClock,
    skewMs: 0,
    perKindMax: 100,
    ...more,
  })
  revocations.complete()
  return revocations
}

/** A revocation, which holds for good unless told. */
export function revocationOf(tokens: RevokedTokens, expiresAtMs = Number.MAX_SAFE_INTEGER): Revocation {
  return { id: '0190d000-0000-7000-8000-00000000000a', expiresAtMs, ...tokens }
}
