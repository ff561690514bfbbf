import type { Clock } from '../lib/clock.ts'

export type RevokedNamesOptions = {
  readonly clock: Clock
  /** How much longer than it says a revocation is kept. */
  readonly skewMs: number
  readonly namesMax: number
}

/** Tokens issued before the one, until the other, when all of them have expired. Wall times. */
export type RevokedSpan = { readonly notBeforeMs: number; readonly expiresAtMs: number }

type Span = { readonly issuedBeforeMs: number; readonly endsAtMs: number }

const none: Span = Object.freeze({
  issuedBeforeMs: Number.NEGATIVE_INFINITY,
  endsAtMs: Number.NEGATIVE_INFINITY,
})

/**
 * The revocations of one kind, by the name of what they revoke. When there are too many, the one that was added first
 * makes room, and from then on the tokens of every name that were issued before it count as revoked: full is not
 * forgotten, and whoever signs in again is let in.
 */
export class RevokedNames {
  readonly #options: RevokedNamesOptions
  readonly #spans: Map<string, Span>
  /** Covers all that made room. */
  #dropped: Span

  constructor(options: RevokedNamesOptions) {
    this.#options = options
    this.#spans = new Map()
    this.#dropped = none
  }

  get size(): number {
    return this.#spans.size
  }

  /** True where nothing is revoked, so that no name has to be put together. */
  get isEmpty(): boolean {
    return this.#spans.size === 0 && this.#dropped === none
  }

  /** False where it revokes nothing that was not revoked before. */
  add(name: string, { notBeforeMs, expiresAtMs }: RevokedSpan): boolean {
    const span = { issuedBeforeMs: nextSecondMs(notBeforeMs), endsAtMs: expiresAtMs + this.#options.skewMs }
    if (this.#hasEnded(span) || covers(this.#dropped, span)) return false
    const known = this.#spans.get(name) ?? none
    if (covers(known, span)) return false
    if (known === none && this.#spans.size >= this.#options.namesMax) this.#makeRoom()
    this.#spans.set(name, union(known, span))
    return true
  }

  /** Is a token of this name void that was issued at that time? */
  voids(name: string, issuedAtMs: number): boolean {
    if (this.#speaksOf(this.#dropped, issuedAtMs)) return true
    const span = this.#spans.get(name)
    return span !== undefined && this.#speaksOf(span, issuedAtMs)
  }

  forgetEnded(): void {
    if (this.#hasEnded(this.#dropped)) this.#dropped = none
    for (const [name, span] of this.#spans) if (this.#hasEnded(span)) this.#spans.delete(name)
  }

  #makeRoom(): void {
    const [first] = this.#spans
    if (first === undefined) return
    const [name, span] = first
    this.#spans.delete(name)
    if (this.#hasEnded(span)) return
    this.#dropped = this.#hasEnded(this.#dropped) ? span : union(this.#dropped, span)
  }

  #speaksOf(span: Span, issuedAtMs: number): boolean {
    return issuedAtMs < span.issuedBeforeMs && !this.#hasEnded(span)
  }

  #hasEnded(span: Span): boolean {
    return this.#options.clock.nowMs() >= span.endsAtMs
  }
}

/** `iat` counts seconds (RFC 7519 §2): a token of the very second of the revocation may well be older than it. */
function nextSecondMs(ms: number): number {
  return (Math.floor(ms / 1000) + 1) * 1000
}

function covers(one: Span, other: Span): boolean {
  return one.issuedBeforeMs >= other.issuedBeforeMs && one.endsAtMs >= other.endsAtMs
}

function union(one: Span, other: Span): Span {
  return {
    issuedBeforeMs: Math.max(one.issuedBeforeMs, other.issuedBeforeMs),
    endsAtMs: Math.max(one.endsAtMs, other.endsAtMs),
  }
}
