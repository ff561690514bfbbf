import type { Clock } from '../lib/clock.ts'
import type { Claims } from './claims.ts'
import type { DenyList } from './deny-list.ts'
import type { Revocation } from './revocation.ts'
import { RevokedNames } from './revoked-names.ts'

export type RevocationsOptions = {
  /** What is said of the tokens of anyone else is nothing to us. */
  readonly issuers: ReadonlySet<string>
  /** Learns of the keys, and keeps them for good. */
  readonly denyList: DenyList
  readonly clock: Clock
  /** How far clocks may be apart: a revocation is kept for that much longer than it says. */
  readonly skewMs: number
  /** Of each kind; past it older tokens of anybody are refused rather than one revoked token let in. */
  readonly perKindMax: number
}

/** What is looked up by a name of its own. `member` is a principal in one tenant. */
export type RevokedKind = 'session' | 'principal' | 'member' | 'tenant'

/**
 * The tokens that are void before they expire, as far as this process was told. What was added once is not undone by
 * what is added later: not by an older revocation, nor by one that ends sooner, nor for want of room.
 */
export class Revocations {
  readonly #issuers: ReadonlySet<string>
  readonly #denyList: DenyList
  readonly #revoked: Readonly<Record<RevokedKind, RevokedNames>>
  #revision: number
  #isComplete: boolean

  constructor({ issuers, denyList, clock, skewMs, perKindMax }: RevocationsOptions) {
    const create = () => new RevokedNames({ clock, skewMs, namesMax: perKindMax })
    this.#issuers = issuers
    this.#denyList = denyList
    this.#revoked = { session: create(), principal: create(), member: create(), tenant: create() }
    this.#revision = 0
    this.#isComplete = false
  }

  /**
   * Rises whenever more tokens may be void than before. Time alone voids none, so that a token that was not revoked at
   * this revision need not be looked up again as long as it stands. Of keys the deny list tells.
   */
  get revision(): number {
    return this.#revision
  }

  /** Was all that is known added once? Before that nobody can say that a token is not revoked. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The whole list was added; what comes after it is told one by one. */
  complete(): void {
    this.#isComplete = true
    for (const names of Object.values(this.#revoked)) names.forgetEnded()
  }

  add(revocation: Revocation): void {
    if (revocation.kind !== 'tenant' && !this.#issuers.has(revocation.issuer)) return
    if (revocation.kind === 'key') this.#denyList.withdraw(revocation.issuer, revocation.keyId)
    else if (this.#addNamed(revocation)) this.#revision += 1
  }

  /** Is the token void wherever it is used: with its session, or with all that its principal holds? */
  isRevoked({ issuer, subject, sessionId, issuedAtMs }: Claims): boolean {
    const { session, principal } = this.#revoked
    if (sessionId !== null && !session.isEmpty && session.voids(nameOf(issuer, sessionId), issuedAtMs))
      return true
    return !principal.isEmpty && principal.voids(nameOf(issuer, subject), issuedAtMs)
  }

  /** Is it void in this tenant, given by its id: with everyone's there, or with its principal's? */
  isRevokedIn(tenantId: string, { issuer, subject, issuedAtMs }: Claims): boolean {
    const { tenant, member } = this.#revoked
    if (!tenant.isEmpty && tenant.voids(tenantId, issuedAtMs)) return true
    return !member.isEmpty && member.voids(nameOf(tenantId, issuer, subject), issuedAtMs)
  }

  /** How many are kept of each kind, for a metric. */
  counts(): Readonly<Record<RevokedKind, number>> {
    const { session, principal, member, tenant } = this.#revoked
    return { session: session.size, principal: principal.size, member: member.size, tenant: tenant.size }
  }

  #addNamed(revocation: Exclude<Revocation, { readonly kind: 'key' }>): boolean {
    const { session, principal, member, tenant } = this.#revoked
    if (revocation.kind === 'tenant') return tenant.add(revocation.tenantId, revocation)
    const { issuer } = revocation
    if (revocation.kind === 'session') return session.add(nameOf(issuer, revocation.sessionId), revocation)
    const { tenantId, subject } = revocation
    return tenantId === null
      ? principal.add(nameOf(issuer, subject), revocation)
      : member.add(nameOf(tenantId, issuer, subject), revocation)
  }
}

/** One text for several, which no other texts give: each but the last is led by its length. */
function nameOf(first: string, second: string, third?: string): string {
  const start = `${first.length}:${first}`
  return third === undefined ? start + second : `${start}${second.length}:${second}${third}`
}
