import type { DigestedDocument } from '../access/document.ts'
import { backoffMs } from '../lib/backoff.ts'
import type { CancelTimer, Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { asFault } from '../lib/fault.ts'
import { PacedQueue } from '../lib/paced-queue.ts'
import { PacedWalk } from '../lib/paced-walk.ts'
import type { Exchange } from './exchange.ts'
import type { Review } from './review.ts'
import type { Denial } from './verdict.ts'
import { deny } from './verdict.ts'

export type OpenStreamsOptions = {
  readonly review: Review
  readonly clock: Clock
  readonly random: () => number
  readonly bounds: OpenStreamsBounds
}

export type OpenStreamsBounds = {
  /** How often each is judged although nothing was heard; give or take a quarter, so that they do not come in step. */
  readonly recheckMs: number
  /** After something was heard: how long one may go on while nobody can tell whether it may. */
  readonly undecidedMs: number
  /** While nothing was heard: how old the document that one was judged by may become. */
  readonly staleMs: number
}

/** The way to end an exchange that is being forwarded. */
export type Endable = { readonly withdraw: (why: Denial | Fault) => void }

/** One that was added; for `remove` alone. */
export type OpenStream = {
  readonly exchange: Exchange
  readonly endable: Endable
  readonly tenantId: string
  /** What it was judged by last. */
  document: DigestedDocument | null
  /** Monotonic: from when on that is too old, wherever the wall clock is set meanwhile. */
  staleAtMs: number
  /** Monotonic. */
  recheckAtMs: number
  /** Monotonic: since when something is known that it was not judged by; null while there is no such thing. */
  undecidedSinceMs: number | null
  /** How much was heard that concerns it, so that a judgement knows whether there was more meanwhile. */
  heard: number
  failures: number
  isOpen: boolean
  cancelRetry: CancelTimer
  cancelBreakGlass: CancelTimer
}

/** A few comparisons each. */
const visitsPerTurn = 1000
/** Each may have to wait for the directory, which has others to answer. */
const judgedAtATime = 100
/** In how many parts of `recheckMs` those that are due are looked for. */
const ticksPerRecheck = 10
const retryMs = { delayMsMin: 50, delayMsMax: 1000 }

const noTimer: CancelTimer = () => {}
const noTenant = ''

/**
 * Everything that is being forwarded, from an answer of a millisecond to a WebSocket of a week, so that none of it goes
 * on for longer than its session, its membership and its tenant.
 *
 * Each is judged again when a change of its tenant or a revocation is heard of, when one was heard of between its
 * arrival and its being added, and every `recheckMs` in case the feed is silent. While the directory cannot tell, it
 * goes on for `undecidedMs` if its tenant has changed, and else for as long as a new request would be let through; then
 * it is ended, because authorization never fails open.
 */
export class OpenStreams {
  readonly #review: Review
  readonly #clock: Clock
  readonly #random: () => number
  readonly #bounds: OpenStreamsBounds
  readonly #streams: Set<OpenStream>
  readonly #byTenant: Map<string, Set<OpenStream>>
  /** The tenants that were heard of in this turn, with their access version. */
  readonly #changed: Map<string, number>
  readonly #visits: PacedWalk<OpenStream>
  readonly #judgements: PacedQueue<OpenStream>
  #heardAtMs: number
  #cancelTurn: CancelTimer | null
  #cancelTick: CancelTimer | null
  #isClosed: boolean

  constructor({ review, clock, random, bounds }: OpenStreamsOptions) {
    this.#review = review
    this.#clock = clock
    this.#random = random
    this.#bounds = bounds
    this.#streams = new Set()
    this.#byTenant = new Map()
    this.#changed = new Map()
    this.#visits = new PacedWalk({
      items: this.#streams,
      visit: stream => this.#visit(stream),
      visitsPerTurn,
      clock,
    })
    this.#judgements = new PacedQueue({ work: stream => this.#judge(stream), atATime: judgedAtATime, clock })
    this.#heardAtMs = Number.NEGATIVE_INFINITY
    this.#cancelTurn = null
    this.#cancelTick = null
    this.#isClosed = false
  }

  /** How many are watched. */
  get size(): number {
    return this.#streams.size
  }

  /** The tenants that something is open of: after a gap in the feed, their versions have to be asked for, too. */
  tenantIds(): string[] {
    return [...this.#byTenant.keys()].filter(tenantId => tenantId !== noTenant)
  }

  /** Watches an exchange until it is removed; null where it was let through without asking whose it is. */
  add(exchange: Exchange, endable: Endable): OpenStream | null {
    const { claims, access } = exchange
    if ((claims === null && access === null) || this.#isClosed) return null
    const nowMs = this.#clock.elapsedMs()
    const stream: OpenStream = {
      exchange,
      endable,
      tenantId: access === null ? noTenant : access.document.tenant.id,
      document: null,
      staleAtMs: Number.POSITIVE_INFINITY,
      recheckAtMs: this.#nextRecheckMs(nowMs),
      undecidedSinceMs: null,
      heard: 0,
      failures: 0,
      isOpen: true,
      cancelRetry: noTimer,
      cancelBreakGlass: noTimer,
    }
    this.#streams.add(stream)
    const ofTenant = this.#byTenant.get(stream.tenantId)
    if (ofTenant === undefined) this.#byTenant.set(stream.tenantId, new Set([stream]))
    else ofTenant.add(stream)
    this.#noteDocument(stream, access === null ? null : access.document)
    if (exchange.arrival.startedMs <= this.#heardAtMs) this.#hear(stream, nowMs)
    this.#cancelTick ??= this.#nextTick()
    return stream
  }

  /** Safe to call twice, and for what was not watched. */
  remove(stream: OpenStream | null): void {
    if (stream === null || !stream.isOpen) return
    stream.isOpen = false
    stream.cancelRetry()
    stream.cancelBreakGlass()
    this.#streams.delete(stream)
    this.#judgements.delete(stream)
    const ofTenant = this.#byTenant.get(stream.tenantId)!
    ofTenant.delete(stream)
    if (ofTenant.size === 0) this.#byTenant.delete(stream.tenantId)
  }

  /**
   * The tenant has come to this access version, which the directory must know of already. What was judged by that
   * version, or a later one, is left alone.
   */
  onTenantChanged(tenantId: string, accessVersion: number): void {
    this.#heardAtMs = this.#clock.elapsedMs()
    if (!this.#byTenant.has(tenantId)) return
    // A tenant may have thousands of streams, and be heard of a hundred times in a row.
    this.#changed.set(tenantId, Math.max(accessVersion, this.#changed.get(tenantId) ?? 0))
    this.#cancelTurn ??= this.#clock.after(0, () => {
      this.#cancelTurn = null
      this.#hearChanges()
    })
  }

  /** There is no such tenant any more, which the directory must know of already. */
  onTenantGone(tenantId: string): void {
    this.onTenantChanged(tenantId, Number.POSITIVE_INFINITY)
  }

  /** More tokens are void than before, whosever they are. */
  onRevoked(): void {
    this.#heardAtMs = this.#clock.elapsedMs()
    this.#visits.start()
  }

  /** Ends nothing from now on: what is open is left to whoever closes it. */
  close(): void {
    this.#isClosed = true
    for (const stream of this.#streams) this.remove(stream)
    this.#visits.close()
    this.#judgements.close()
    this.#cancelTurn?.()
    this.#cancelTick?.()
  }

  #hearChanges(): void {
    const nowMs = this.#clock.elapsedMs()
    for (const [tenantId, accessVersion] of this.#changed) {
      for (const stream of this.#byTenant.get(tenantId) ?? []) {
        if (stream.document === null || stream.document.accessVersion < accessVersion)
          this.#hear(stream, nowMs)
      }
    }
    this.#changed.clear()
  }

  #hear(stream: OpenStream, nowMs: number): void {
    stream.heard += 1
    stream.undecidedSinceMs ??= nowMs
    this.#judgements.add(stream)
  }

  #visit(stream: OpenStream): void {
    const denial = this.#review.judgeToken(stream.exchange)
    const nowMs = this.#clock.elapsedMs()
    if (denial !== null) this.#end(stream, denial)
    else if (nowMs >= stream.recheckAtMs) {
      stream.recheckAtMs = this.#nextRecheckMs(nowMs)
      this.#judgements.add(stream)
    }
  }

  async #judge(stream: OpenStream): Promise<void> {
    const { heard } = stream
    const startedMs = this.#clock.elapsedMs()
    try {
      const { denial, access } = await this.#review.judge(stream.exchange)
      if (!stream.isOpen) return
      if (denial !== null) this.#end(stream, denial)
      else {
        this.#noteDocument(stream, access === null ? null : access.document)
        stream.undecidedSinceMs = heard === stream.heard ? null : startedMs
        stream.failures = 0
      }
    } catch (error) {
      if (stream.isOpen) this.#cannotTell(stream, asFault(error))
    }
  }

  /** It is tried again for a while if the stream may well have to end, else left until the next time. */
  #cannotTell(stream: OpenStream, fault: Fault): void {
    const { undecidedSinceMs, staleAtMs } = stream
    if (undecidedSinceMs === null) {
      if (this.#clock.elapsedMs() >= staleAtMs) this.#end(stream, fault)
      return
    }
    const leftMs = undecidedSinceMs + this.#bounds.undecidedMs - this.#clock.elapsedMs()
    if (leftMs <= 0) {
      this.#end(stream, fault)
      return
    }
    stream.failures += 1
    stream.cancelRetry()
    const delayMs = Math.min(leftMs, backoffMs(stream.failures, retryMs, this.#random))
    stream.cancelRetry = this.#clock.after(delayMs, () => this.#judgements.add(stream))
  }

  /** A document under break-glass has an end that nobody is asked about, and nothing moves. */
  #noteDocument(stream: OpenStream, document: DigestedDocument | null): void {
    if (document !== stream.document) stream.staleAtMs = this.#staleAtMs(document)
    stream.document = document
    stream.cancelBreakGlass()
    stream.cancelBreakGlass = noTimer
    if (document === null || document.breakGlass === null) return
    const { grantId, expiresAtMs } = document.breakGlass
    const leftMs = Math.max(0, expiresAtMs - this.#clock.nowMs())
    stream.cancelBreakGlass = this.#clock.after(leftMs, () =>
      this.#end(stream, deny('CROSS_TENANT', `The break-glass grant ${grantId} is over.`)),
    )
  }

  #staleAtMs(document: DigestedDocument | null): number {
    if (document === null) return Number.POSITIVE_INFINITY
    const ageMs = Math.max(0, this.#clock.nowMs() - document.issuedAtMs)
    return this.#clock.elapsedMs() + this.#bounds.staleMs - ageMs
  }

  #end(stream: OpenStream, why: Denial | Fault): void {
    this.remove(stream)
    stream.endable.withdraw(why)
  }

  #nextTick(): CancelTimer {
    return this.#clock.after(this.#bounds.recheckMs / ticksPerRecheck, () => {
      this.#visits.start()
      this.#cancelTick = this.#streams.size === 0 ? null : this.#nextTick()
    })
  }

  #nextRecheckMs(nowMs: number): number {
    return nowMs + this.#bounds.recheckMs * (0.75 + this.#random() / 2)
  }
}
