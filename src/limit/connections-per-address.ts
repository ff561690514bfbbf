import { addressKey } from './address-key.ts'

/** Counts the connections that each address has open, so that one client cannot take all that there are. */
export class ConnectionsPerAddress {
  readonly #max: number
  readonly #open = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more, or says no. Only what was let in leaves. */
  enter(address: string): boolean {
    const key = addressKey(address)
    const open = this.#open.get(key) ?? 0
    if (open >= this.#max) return false
    this.#open.set(key, open + 1)
    return true
  }

  leave(address: string): void {
    const key = addressKey(address)
    const open = (this.#open.get(key) ?? 0) - 1
    if (open > 0) this.#open.set(key, open)
    else this.#open.delete(key)
  }

  /** How many addresses have any open. */
  get size(): number {
    return this.#open.size
  }
}
