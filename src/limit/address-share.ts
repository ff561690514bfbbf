import { LRUCache } from 'lru-cache'
import type { Clock } from '../lib/clock.ts'
import { TokenBucket } from '../lib/token-bucket.ts'
import { addressKey } from './address-key.ts'

export type AddressShareOptions = {
  /** What one address may ask for in a second, evenly; twice as many after a time of few. */
  readonly perSecond: number
  /** The same for all addresses of one standing together. */
  readonly togetherPerSecond: number
  /** Of how many addresses of each standing it is kept what they have used up. */
  readonly addressesMax: number
  readonly clock: Clock
}

export type Exhausted = {
  /** What the client is counted by: see address-key.ts. */
  readonly address: string
  /** Whether it was its own share that is used up, or that of all of its standing. */
  readonly share: 'own' | 'common'
  /** Until one more can be taken, if nobody else takes it. */
  readonly retryAfterMs: number
}

/**
 * What an address may ask for that costs us something and that nobody has proven to pay for.
 *
 * Nothing that is kept of addresses can hold against whoever has a /32 of IPv6, for each of their 2^32 networks is new.
 * So all addresses together have a share too; and those of which a good token came have one that strangers cannot use
 * up, beside a table that strangers cannot push them out of.
 */
export class AddressShare {
  readonly #clock: Clock
  readonly #strangers: Standing
  readonly #proven: Standing

  constructor(options: AddressShareOptions) {
    this.#clock = options.clock
    this.#strangers = new Standing(options)
    this.#proven = new Standing(options)
  }

  /** Takes one, or says why not; then nothing was taken. */
  take(address: string): Exhausted | null {
    const key = addressKey(address)
    const standing = this.#proven.has(key) ? this.#proven : this.#strangers
    return standing.take(key, this.#clock.elapsedMs())
  }

  /** What one was taken for has turned out to be paid for, and the address is no stranger from now on. */
  giveBack(address: string): void {
    const key = addressKey(address)
    if (this.#proven.has(key)) {
      this.#proven.giveBack(key)
      return
    }
    this.#strangers.giveBack(key)
    this.#proven.adopt(key, this.#strangers.release(key) ?? null, this.#clock.elapsedMs())
  }

  /** How many addresses are kept. */
  held(): { readonly stranger: number; readonly proven: number } {
    return { stranger: this.#strangers.size, proven: this.#proven.size }
  }
}

/** Addresses that are alike, each with a bucket of its own, and the one that they share. */
class Standing {
  readonly #perSecond: number
  readonly #buckets: LRUCache<string, TokenBucket>
  readonly #common: TokenBucket

  constructor({ perSecond, togetherPerSecond, addressesMax, clock }: AddressShareOptions) {
    this.#perSecond = perSecond
    this.#buckets = new LRUCache({ max: addressesMax })
    this.#common = new TokenBucket(togetherPerSecond, clock.elapsedMs())
  }

  get size(): number {
    return this.#buckets.size
  }

  has(key: string): boolean {
    return this.#buckets.has(key)
  }

  take(address: string, nowMs: number): Exhausted | null {
    const known = this.#buckets.get(address)
    const ownMs = known?.waitMs(nowMs) ?? 0
    const commonMs = this.#common.waitMs(nowMs)
    if (ownMs > 0) return { address, share: 'own', retryAfterMs: Math.max(ownMs, commonMs) }
    // Who is refused here leaves no entry, so that the table turns over no faster than the common share allows.
    if (commonMs > 0) return { address, share: 'common', retryAfterMs: commonMs }
    const own = known ?? new TokenBucket(this.#perSecond, nowMs)
    if (known === undefined) this.#buckets.set(address, own)
    own.take()
    this.#common.take()
    return null
  }

  giveBack(key: string): void {
    this.#buckets.get(key)?.giveBack()
    this.#common.giveBack()
  }

  /** Forgets an address. @returns what was left to it */
  release(key: string): TokenBucket | undefined {
    const bucket = this.#buckets.get(key)
    this.#buckets.delete(key)
    return bucket
  }

  adopt(key: string, bucket: TokenBucket | null, nowMs: number): void {
    this.#buckets.set(key, bucket ?? new TokenBucket(this.#perSecond, nowMs))
  }
}
