import type { Client } from './exchange.ts'

/** Tells once that the client is gone. */
export class ClientSide implements Client {
  #gone = false
  #listener: (() => void) | null = null

  get gone(): boolean {
    return this.#gone
  }

  onGone(listener: () => void): void {
    if (this.#gone) listener()
    else this.#listener = listener
  }

  leave(): void {
    if (this.#gone) return
    this.#gone = true
    const listener = this.#listener
    this.#listener = null
    listener?.()
  }
}
