/** So many a second, evenly, and twice as many after a time of few. Begins full. */
export class TokenBucket {
  readonly #perSecond: number
  #left: number
  #atMs: number

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#left = 2 * perSecond
    this.#atMs = nowMs
  }

  /** How long until one can be taken; 0 if that is now. */
  waitMs(nowMs: number): number {
    const gained = ((nowMs - this.#atMs) / 1000) * this.#perSecond
    this.#left = Math.min(2 * this.#perSecond, this.#left + gained)
    this.#atMs = nowMs
    return this.#left >= 1 ? 0 : ((1 - this.#left) / this.#perSecond) * 1000
  }

  /** Only where waitMs has just been 0. */
  take(): void {
    this.#left -= 1
  }

  giveBack(): void {
    this.#left = Math.min(2 * this.#perSecond, this.#left + 1)
  }
}
