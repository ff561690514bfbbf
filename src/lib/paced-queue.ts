import type { CancelTimer, Clock } from './clock.ts'

export type PacedQueueOptions<Item> = {
  /** Never rejects. */
  readonly work: (item: Item) => Promise<void>
  /** How many are worked on at a time, and so how many are begun in one turn of the event loop. */
  readonly atATime: number
  readonly clock: Clock
}

/**
 * Works on items in the order they were added, so many at a time, none of them in the turn it was added in. One that
 * waits already is not added again; one that is being worked on is worked on once more.
 */
export class PacedQueue<Item> {
  readonly #options: PacedQueueOptions<Item>
  readonly #waiting: Set<Item>
  #underWay: number
  #cancelTurn: CancelTimer | null

  constructor(options: PacedQueueOptions<Item>) {
    this.#options = options
    this.#waiting = new Set()
    this.#underWay = 0
    this.#cancelTurn = null
  }

  add(item: Item): void {
    this.#waiting.add(item)
    this.#waitForTurn()
  }

  /** It need not be worked on any more. */
  delete(item: Item): void {
    this.#waiting.delete(item)
  }

  /** Drops what waits. */
  close(): void {
    this.#waiting.clear()
    this.#cancelTurn?.()
    this.#cancelTurn = null
  }

  #waitForTurn(): void {
    this.#cancelTurn ??= this.#options.clock.after(0, () => {
      this.#cancelTurn = null
      this.#begin()
    })
  }

  #begin(): void {
    const { work, atATime } = this.#options
    for (const item of this.#waiting) {
      // Whoever of them is done first asks for the next turn.
      if (this.#underWay >= atATime) return
      this.#waiting.delete(item)
      this.#underWay += 1
      void work(item).then(() => {
        this.#underWay -= 1
        if (this.#waiting.size > 0) this.#waitForTurn()
      })
    }
  }
}
