/** Into how many pieces a window is cut; a count leaves the window at most windowMs / windowPieces late. */
export const windowPieces = 60

/**
 * Counts what happened in the last `windowMs`, in bounded memory, and never too little: whatever happened at s counts
 * for every moment in [s, s + windowMs). Counts of one piece of the window are merged and leave it with the youngest of
 * them; up to one event per piece the window is exact. store/redis/scripts/take.lua is the same algorithm in Lua.
 *
 * Time is whatever the caller counts in milliseconds; a step back is taken as standing still.
 */
export class SlidingWindow {
  readonly #windowMs: number
  readonly #pieceMs: number
  /** Oldest first; a time and a count share an index. */
  readonly #times: number[]
  readonly #counts: number[]
  #spent: number

  constructor(windowMs: number) {
    this.#windowMs = windowMs
    this.#pieceMs = windowMs / windowPieces
    this.#times = []
    this.#counts = []
    this.#spent = 0
  }

  /** What counts at `nowMs`. */
  spent(nowMs: number): number {
    this.#drop(nowMs)
    return this.#spent
  }

  add(nowMs: number, amount: number): void {
    const last = this.#times.length - 1
    const lastMs = this.#times[last]
    const atMs = lastMs === undefined ? nowMs : Math.max(nowMs, lastMs)
    if (lastMs !== undefined && this.#pieceOf(lastMs) === this.#pieceOf(atMs)) {
      this.#times[last] = atMs
      this.#counts[last]! += amount
    } else {
      this.#times.push(atMs)
      this.#counts.push(amount)
    }
    this.#spent += amount
  }

  /** How long until `amount` fits under `max` if nothing else happens; 0 is now, and windowMs where it never will. */
  waitMs(nowMs: number, amount: number, max: number): number {
    if (amount > max) return this.#windowMs
    let excess = this.spent(nowMs) + amount - max
    if (excess <= 0) return 0
    let oldest = 0
    for (; excess > this.#counts[oldest]!; oldest += 1) excess -= this.#counts[oldest]!
    return Math.ceil(this.#times[oldest]! + this.#windowMs - nowMs)
  }

  /** How long until nothing counts any more. */
  resetMs(nowMs: number): number {
    this.#drop(nowMs)
    const lastMs = this.#times.at(-1)
    return lastMs === undefined ? 0 : Math.ceil(lastMs + this.#windowMs - nowMs)
  }

  #drop(nowMs: number): void {
    let gone = 0
    while (gone < this.#times.length && this.#times[gone]! + this.#windowMs <= nowMs) {
      this.#spent -= this.#counts[gone]!
      gone += 1
    }
    if (gone === 0) return
    this.#times.splice(0, gone)
    this.#counts.splice(0, gone)
  }

  #pieceOf(atMs: number): number {
    return Math.floor(atMs / this.#pieceMs)
  }
}
