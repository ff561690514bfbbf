import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Refused } from '../lib/refused.ts'
import { isRefused } from '../lib/refused.ts'
import type { Claims, TokenRefusalCode } from './claims.ts'
import type { DenyList } from './deny-list.ts'
import type { Revocations } from './revocations.ts'
import type { TokenRule } from './rules.ts'
import { refusedBy } from './rules.ts'
import type { Verified, Verifier } from './verifier.ts'

/** What the authenticate stage asks. */
export type TokenVerifier = {
  /** What is known of a token that is remembered, which costs no cryptography; null where it must be verified. */
  readonly recall: (token: string) => Claims | Refused<TokenRefusalCode> | null
  /** A promise only when the token must be verified; a remembered one is answered at once. */
  readonly verify: (
    token: string,
  ) => Claims | Refused<TokenRefusalCode> | Promise<Claims | Refused<TokenRefusalCode>>
}

export type VerifiedTokensOptions = {
  readonly verifier: Verifier
  readonly denyList: DenyList
  readonly revocations: Revocations
  readonly clock: Clock
  readonly tokensMax: number
  /** Of all that is remembered together, roughly. */
  readonly bytesMax: number
  readonly events: VerifiedTokensEvents
}

export type VerifiedTokensEvents = { readonly onHit: () => void; readonly onMiss: () => void }

/** `revision` is that of the revocations when it was not among them. */
type Remembered = Verified & { revision: number }

const neverLookedUp = -1

/** What a remembered token takes in memory whatever it says; what it says is ASCII, a byte for each character. */
const entryOverheadBytes = 512

/**
 * Remembers, by digest of the whole token, that a signature was good; not that the token still is. So every hit asks
 * again for expiry, for the deny list, for revocations that were added since, and whether the issuer still publishes
 * this very key: a token whose key is gone is verified anew, which refuses it. A token that failed is not remembered, so
 * that garbage evicts nobody.
 *
 * @returns throws what the verifier throws, KEYS_UNAVAILABLE; and REVOCATIONS_UNAVAILABLE for a token that is good
 *   otherwise, until the revocations are complete
 */
export function createVerifiedTokens(options: VerifiedTokensOptions): TokenVerifier {
  const { verifier, denyList, revocations, clock, events } = options
  // What else is known of a token's principal belongs on the remembered entry: prepared access.
  const remembered = new LRUCache<string, Remembered>({
    max: options.tokensMax,
    maxSize: options.bytesMax,
    sizeCalculation: ({ claims }) => bytesOf(claims),
  })

  return {
    recall: token => recall(digestOf(token)),
    verify: token => {
      const digest = digestOf(token)
      const known = recall(digest)
      if (known !== null) return known
      events.onMiss()
      const result = verifier.verify(token, digest)
      return result instanceof Promise ? result.then(remember) : remember(result)
    },
  }

  function recall(digest: string): Claims | Refused<TokenRefusalCode> | null {
    const known = remembered.get(digest)
    if (known === undefined) return null
    const rule = whyNoLonger(known)
    if (rule === null) {
      events.onHit()
      return known.claims
    }
    remembered.delete(digest)
    return rule === 'token-key-unknown' ? null : refusedBy(rule)
  }

  function whyNoLonger(known: Remembered): TokenRule | null {
    const { claims, key, keys } = known
    if (clock.nowMs() >= known.goodUntilMs) return 'token-expired'
    if (denyList.isWithdrawn(claims.issuer, claims.keyId)) return 'token-key-withdrawn'
    if (known.revision !== revocations.revision && isRevoked(known)) return 'token-revoked'
    return keys.holds(key) ? null : 'token-key-unknown'
  }

  function remember(result: Verified | Refused<TokenRefusalCode>): Claims | Refused<TokenRefusalCode> {
    if (isRefused(result)) return result
    const verified = { ...result, revision: neverLookedUp }
    if (isRevoked(verified)) return revoked
    remembered.set(result.claims.digest, verified)
    return result.claims
  }

  function isRevoked(verified: Remembered): boolean {
    if (!revocations.isComplete) {
      throw new Fault('REVOCATIONS_UNAVAILABLE', 'tell whether a token was revoked: no list was ever loaded')
    }
    if (revocations.isRevoked(verified.claims)) return true
    verified.revision = revocations.revision
    return false
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}

/** Nothing of the token itself is kept but what was read from it. */
function bytesOf({ subject, tenantRef, sessionId, keyId, digest }: Claims): number {
  const lengths = subject.length + (tenantRef?.length ?? 0) + (sessionId?.length ?? 0) + keyId.length
  return entryOverheadBytes + lengths + digest.length
}

const revoked = refusedBy('token-revoked')
