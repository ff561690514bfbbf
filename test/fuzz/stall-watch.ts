const stallMs = 50
const repeats = 3
const lateMs = 20
const suspectsMax = 24

/**
 * Finds cases that keep the event loop busy. A case that took long is run again, alone, and counts with the shortest of
 * its times: garbage collection and a busy machine do not hit the same case each time. Of cases that wait for sockets
 * only the busy time counts, and all that were under way when the loop was late are suspects.
 */
export class StallWatch {
  readonly stalls: number[] = []
  slowest = { ms: 0, index: 0 }
  readonly #again: (index: number) => unknown
  readonly #underWay = new Set<number>()
  readonly #suspects = new Set<number>()
  #beatMs = 0
  #beat: NodeJS.Timeout | null = null

  constructor(again: (index: number) => unknown) {
    this.#again = again
  }

  get suspects(): boolean {
    return this.#suspects.size > 0
  }

  begin(index: number): number {
    this.#underWay.add(index)
    return performance.now()
  }

  /** A case that was alone has all of its time to itself. */
  end(index: number, began: number): void {
    const alone = this.#underWay.size === 1
    this.#underWay.delete(index)
    if (alone && this.#beat === null && performance.now() - began > Math.max(1, this.slowest.ms))
      this.#suspects.add(index)
  }

  /** From now on the loop is watched, because cases overlap. */
  watchLoop(): void {
    this.#beatMs = performance.now()
    this.#beat = setInterval(() => {
      const nowMs = performance.now()
      const late = nowMs - this.#beatMs - lateMs
      this.#beatMs = nowMs
      if (late <= lateMs) return
      for (const index of this.#underWay) if (this.#suspects.size < suspectsMax) this.#suspects.add(index)
    }, lateMs).unref()
  }

  /** Runs the suspects again, one at a time. */
  async settle(): Promise<void> {
    if (this.#beat !== null) clearInterval(this.#beat)
    for (const index of this.#suspects) {
      const ms = await this.#alone(index)
      if (ms > this.slowest.ms) this.slowest = { ms, index }
      if (ms > stallMs) this.stalls.push(index)
    }
    this.#suspects.clear()
  }

  async #alone(index: number): Promise<number> {
    let leastMs = Number.POSITIVE_INFINITY
    // Once it was no slower than the slowest, it cannot become that any more.
    for (let repeat = 0; repeat < repeats && leastMs > this.slowest.ms; repeat += 1) {
      const before = performance.eventLoopUtilization()
      const startMs = performance.now()
      try {
        await this.#again(index)
      } catch {
        // It has failed before, and was told of.
      }
      const tookMs = performance.now() - startMs
      const busyMs = this.#beat === null ? tookMs : performance.eventLoopUtilization(before).active
      leastMs = Math.min(leastMs, busyMs)
    }
    return leastMs
  }
}
