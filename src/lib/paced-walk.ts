import type { CancelTimer, Clock } from './clock.ts'

export type PacedWalkOptions<Item> = {
  readonly items: ReadonlySet<Item>
  readonly visit: (item: Item) => void
  readonly visitsPerTurn: number
  readonly clock: Clock
}

/**
 * Visits every item of a set, so many in each turn of the event loop. Items may come and go meanwhile: one that is there
 * from the start of a walk to its end is visited.
 */
export class PacedWalk<Item> {
  readonly #options: PacedWalkOptions<Item>
  #under: Iterator<Item> | null
  #isWanted: boolean
  #cancelTurn: CancelTimer | null

  constructor(options: PacedWalkOptions<Item>) {
    this.#options = options
    this.#under = null
    this.#isWanted = false
    this.#cancelTurn = null
  }

  /** Begins in a later turn; a walk that is under way is followed by another. */
  start(): void {
    this.#isWanted = true
    this.#waitForTurn()
  }

  close(): void {
    this.#isWanted = false
    this.#under = null
    this.#cancelTurn?.()
    this.#cancelTurn = null
  }

  #waitForTurn(): void {
    this.#cancelTurn ??= this.#options.clock.after(0, () => {
      this.#cancelTurn = null
      this.#visitSome()
      if (this.#under !== null || this.#isWanted) this.#waitForTurn()
    })
  }

  #visitSome(): void {
    const { items, visit, visitsPerTurn } = this.#options
    if (this.#under === null) this.#isWanted = false
    const walk = this.#under ?? items.values()
    this.#under = walk
    for (let visits = 0; visits < visitsPerTurn; visits += 1) {
      const { done, value } = walk.next()
      if (done === true) {
        this.#under = null
        return
      }
      visit(value)
    }
  }
}
