import { LRUCache } from 'lru-cache'

type Change = { readonly accessVersion: number; readonly number: number }

/**
 * What was heard of changes, by every name of a tenant: so that a document that was being loaded meanwhile is not taken
 * for the present (openfga#3155). Bounded: what is forgotten first is what was heard longest ago, and a load lasts for a
 * fraction of a second; beyond that the shared store refuses what is outdated by itself.
 */
export class TenantChanges {
  readonly #byReference: LRUCache<string, Change>
  #heard = 0

  constructor(options: { readonly tenantsMax: number }) {
    this.#byReference = new LRUCache({ max: 2 * options.tenantsMax })
  }

  note(references: readonly string[], accessVersion: number): void {
    this.#heard += 1
    for (const reference of references) {
      const highest = Math.max(accessVersion, this.floorOf(reference))
      this.#byReference.set(reference, { accessVersion: highest, number: this.#heard })
    }
  }

  /** The version below which a document of the tenant is out of date; 0 where nothing was heard. */
  floorOf(reference: string): number {
    return this.#byReference.get(reference)?.accessVersion ?? 0
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
