import { LRUCache } from 'lru-cache'
import type { Clock } from '../lib/clock.ts'

type Change = { readonly accessVersion: number; readonly atMs: number; readonly number: number }

/**
 * What was heard of changes, by every name of a tenant: so that a document that was being loaded meanwhile is not taken
 * for the present (openfga#3155). Bounded: what is forgotten first is what was heard longest ago, and a load lasts for a
 * fraction of a second; beyond that the shared store refuses what is outdated by itself. A version counts for no longer
 * than a document may be used: one that was forged, or that a restored database has not, passes with it.
 */
export class TenantChanges {
  readonly #byReference: LRUCache<string, Change>
  readonly #clock: Clock
  readonly #keepMs: number
  #heard = 0

  /** @param options.keepMs the age at which a document is not used any more */
  constructor(options: { readonly tenantsMax: number; readonly keepMs: number; readonly clock: Clock }) {
    this.#clock = options.clock
    this.#keepMs = options.keepMs
    this.#byReference = new LRUCache({ max: 2 * options.tenantsMax })
  }

  note(references: readonly string[], accessVersion: number): void {
    this.#heard += 1
    const number = this.#heard
    const change = { accessVersion, atMs: this.#clock.elapsedMs(), number }
    for (const reference of references) {
      const isHighest = accessVersion >= this.floorOf(reference)
      const before = this.#byReference.get(reference)
      this.#byReference.set(reference, isHighest || before === undefined ? change : { ...before, number })
    }
  }

  /** The version below which a document of the tenant is out of date; 0 where nothing was heard. */
  floorOf(reference: string): number {
    const change = this.#byReference.get(reference)
    const counts = change !== undefined && this.#clock.elapsedMs() - change.atMs < this.#keepMs
    return counts ? change.accessVersion : 0
  }

  /** How many changes were heard; taken before a load, and given to `since` after it. */
  get heard(): number {
    return this.#heard
  }

  /** Was a change of the tenant heard after `heard` was that? */
  since(heard: number, reference: string): boolean {
    return (this.#byReference.peek(reference)?.number ?? 0) > heard
  }
}
