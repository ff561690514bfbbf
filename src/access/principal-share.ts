import { LRUCache } from 'lru-cache'
import type { Clock } from '../lib/clock.ts'
import { TooManyFlights } from '../lib/single-flight.ts'

export type PrincipalShareOptions = {
  /** Loads of one principal that may be under way. */
  readonly atOnceMax: number
  /** Loads of one principal in a second, evenly; twice as many after a time of few. */
  readonly perSecondMax: number
  /** Of how many it is kept what they have used up. */
  readonly principalsMax: number
  readonly clock: Clock
}

type Share = { underWay: number; left: number; atMs: number }

/**
 * What one principal may take of all loads, so that whoever asks for tenants or versions at random keeps neither others
 * waiting nor the control plane busy.
 */
export class PrincipalShare {
  readonly #options: PrincipalShareOptions
  readonly #shares: LRUCache<string, Share>

  constructor(options: PrincipalShareOptions) {
    this.#options = options
    this.#shares = new LRUCache({ max: options.principalsMax })
  }

  /** Rejects with TooManyFlights, without beginning, where the share is used up. */
  async run<Result>(principal: string, work: () => Promise<Result>): Promise<Result> {
    const share = this.#take(principal)
    try {
      return await work()
    } finally {
      share.underWay -= 1
    }
  }

  #take(principal: string): Share {
    const { atOnceMax, perSecondMax, clock } = this.#options
    const most = 2 * perSecondMax
    const nowMs = clock.elapsedMs()
    const share = this.#shares.get(principal) ?? { underWay: 0, left: most, atMs: nowMs }
    share.left = Math.min(most, share.left + ((nowMs - share.atMs) / 1000) * perSecondMax)
    share.atMs = nowMs
    this.#shares.set(principal, share)
    if (share.underWay >= atOnceMax) throw new TooManyFlights(atOnceMax)
    if (share.left < 1) throw new TooManyFlights(perSecondMax)
    share.underWay += 1
    share.left -= 1
    return share
  }
}
