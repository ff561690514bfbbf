import { LRUCache } from 'lru-cache'
import type { CancelTimer, Clock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import { Fault } from '../lib/fault.ts'
import type { Issuer } from './issuer.ts'
import type { KeySet, VerificationKey } from './key-set.ts'
import { parseKeySet } from './key-set.ts'

/** What a verifier needs of an issuer's keys. */
export type IssuerKeys = {
  /**
   * The key with this id, at once when it is known; null when the issuer does not publish it. A promise only while a
   * fetch that may bring it is under way. Throws KEYS_UNAVAILABLE when the provider cannot be asked.
   */
  readonly find: (keyId: string) => VerificationKey | null | Promise<VerificationKey | null>
  /** Whether this very key, not only its id, is still published. */
  readonly holds: (key: VerificationKey) => boolean
}

/** Reads the published set as text; rejects for whatever reason. */
export type KeySetFetch = {
  readonly fetch: (signal: AbortSignal) => Promise<string>
  readonly close: () => Promise<void>
}

export type KeySourceOptions = {
  /** Between two fetches while all is well. This and the cool-down are stretched at random by up to a tenth. */
  readonly refreshMs: number
  /** The first wait after a failure while no set is held; doubles up to the cool-down. */
  readonly retryMs: number
  /** Unknown key ids cause at most one fetch in this time, whatever became of the last one. */
  readonly cooldownMs: number
  /** How long an id that was looked for in a set just fetched, and not found, causes no other fetch. */
  readonly missMs: number
  readonly missesMax: number
  /** How long the last good set is used while the provider cannot be reached. */
  readonly staleMs: number
  readonly timeoutMs: number
  /** How many requests may wait for one fetch; the others get KEYS_UNAVAILABLE at once. */
  readonly waitersMax: number
  readonly keysMax: number
}

export type KeySourceEvents = {
  readonly onFetched: (issuer: string, keyCount: number) => void
  readonly onFetchFailed: (issuer: string, cause: unknown) => void
}

export type KeySourcePorts = {
  readonly clock: Clock
  readonly keySet: KeySetFetch
  /** In [0, 1), so that a fleet does not ask all at once. */
  readonly random: () => number
  readonly events: KeySourceEvents
}

const noKeys: KeySet = new Map()

/**
 * The keys of one issuer. They are fetched ahead of the first request and refreshed in the background, one fetch at a
 * time; requests only read, so that a flood of made-up key ids costs the provider one fetch per cool-down (threat 58).
 * A set that holds nothing usable never replaces a good one, and a good one outlives its provider for a bounded time.
 */
export class KeySource implements IssuerKeys {
  readonly #issuer: Issuer
  readonly #options: KeySourceOptions
  readonly #ports: KeySourcePorts
  readonly #misses: LRUCache<string, number>
  #keys: KeySet = noKeys
  #loadedAtMs = Number.NEGATIVE_INFINITY
  #attemptedAtMs = Number.NEGATIVE_INFINITY
  #failures = 0
  #waiters = 0
  #flight: Promise<void> | null = null
  #abort = new AbortController()
  #cancelTimer: CancelTimer = () => {}
  #closed = false

  constructor(issuer: Issuer, options: KeySourceOptions, ports: KeySourcePorts) {
    this.#issuer = issuer
    this.#options = options
    this.#ports = ports
    this.#misses = new LRUCache({ max: options.missesMax })
  }

  /** Fetches the set and keeps it fresh from then on. Resolves when the first attempt is over, and never rejects. */
  start(): Promise<void> {
    return this.#fetch()
  }

  find(keyId: string): VerificationKey | null | Promise<VerificationKey | null> {
    const nowMs = this.#ports.clock.elapsedMs()
    if (this.#isLoaded()) {
      const key = this.#keys.get(keyId)
      if (key !== undefined) return key
      if (nowMs < (this.#misses.get(keyId) ?? 0)) return null
    }
    if (this.#flight !== null || nowMs - this.#attemptedAtMs >= this.#options.cooldownMs) {
      return this.#findLater(keyId)
    }
    return this.#answerUnknown()
  }

  holds(key: VerificationKey): boolean {
    return this.#keys.get(key.keyId) === key && this.#isLoaded()
  }

  /** For health: how many keys are held, and how old they are; null when none was ever loaded. */
  state(): { readonly keyCount: number; readonly ageMs: number | null; readonly isFailing: boolean } {
    const ageMs = this.#ports.clock.elapsedMs() - this.#loadedAtMs
    return {
      keyCount: this.#keys.size,
      ageMs: Number.isFinite(ageMs) ? ageMs : null,
      isFailing: this.#failures > 0,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    this.#abort.abort()
    await this.#ports.keySet.close()
  }

  async #findLater(keyId: string): Promise<VerificationKey | null> {
    if (this.#waiters >= this.#options.waitersMax)
      throw this.#unavailable('too many requests wait for the key set')
    this.#waiters += 1
    try {
      await this.#fetch()
    } finally {
      this.#waiters -= 1
    }
    const key = this.#isLoaded() ? this.#keys.get(keyId) : undefined
    if (key !== undefined) return key
    const answer = this.#answerUnknown()
    this.#misses.set(keyId, this.#ports.clock.elapsedMs() + this.#options.missMs)
    return answer
  }

  /** Only a provider that answered the last time can be said not to publish a key. */
  #answerUnknown(): null {
    if (this.#failures > 0 || !this.#isLoaded())
      throw this.#unavailable('the provider did not answer with a key set')
    return null
  }

  #fetch(): Promise<void> {
    this.#flight ??= this.#attempt().finally(() => {
      this.#flight = null
      this.#schedule()
    })
    return this.#flight
  }

  async #attempt(): Promise<void> {
    const { clock, events } = this.#ports
    this.#cancelTimer()
    this.#attemptedAtMs = clock.elapsedMs()
    try {
      const body = await this.#fetchInTime()
      const keys = parseKeySet(body, this.#issuer.algorithms, this.#options.keysMax)
      if (keys === null) throw new Error('the answer holds no usable key')
      this.#keys = carryOver(this.#keys, keys)
      this.#loadedAtMs = clock.elapsedMs()
      this.#failures = 0
      events.onFetched(this.#issuer.issuer, keys.size)
    } catch (error) {
      this.#failures += 1
      if (!this.#closed) events.onFetchFailed(this.#issuer.issuer, error)
    }
  }

  /**
   * One attempt ends at its deadline even if the transport ignores the signal. What it may still bring after that is
   * read by nobody, so an older answer cannot overwrite a newer one.
   */
  async #fetchInTime(): Promise<string> {
    const abort = new AbortController()
    this.#abort = abort
    try {
      return await withDeadline(
        this.#ports.clock,
        this.#options.timeoutMs,
        this.#ports.keySet.fetch(abort.signal),
      )
    } catch (error) {
      abort.abort()
      throw error
    }
  }

  #schedule(): void {
    if (this.#closed) return
    const { clock, random } = this.#ports
    this.#cancelTimer = clock.after(this.#delayMs() * (1 + random() / 10), () => void this.#fetch())
  }

  #delayMs(): number {
    const { refreshMs, retryMs, cooldownMs } = this.#options
    if (this.#failures === 0) return refreshMs
    return this.#isLoaded() ? cooldownMs : Math.min(cooldownMs, retryMs * 2 ** (this.#failures - 1))
  }

  #isLoaded(): boolean {
    return this.#ports.clock.elapsedMs() - this.#loadedAtMs < this.#options.staleMs
  }

  #unavailable(reason: string): Fault {
    return new Fault('KEYS_UNAVAILABLE', 'look up the key of a token', {
      issuer: this.#issuer.issuer,
      reason,
    })
  }
}

/** A key that did not change stays the same object, so that the tokens it signed stay remembered. */
function carryOver(previous: KeySet, next: KeySet): KeySet {
  const keys = new Map<string, VerificationKey>()
  for (const [keyId, key] of next) {
    const old = previous.get(keyId)
    keys.set(keyId, old !== undefined && isSameKey(old, key) ? old : key)
  }
  return keys
}

function isSameKey(one: VerificationKey, other: VerificationKey): boolean {
  return one.publicKey.equals(other.publicKey) && one.algorithms.join() === other.algorithms.join()
}
