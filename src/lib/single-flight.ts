/** More distinct keys are under way than the bound allows. */
export class TooManyFlights extends Error {
  constructor(flightsMax: number) {
    super(`more than ${flightsMax} loads under way`)
    this.name = 'TooManyFlights'
  }
}

/**
 * Lets callers that ask for the same key at the same time share one load, its result and its failure. Nothing is
 * remembered once the load has settled. The key must name everything the result depends on (threat 73).
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()
  readonly #flightsMax: number

  constructor(flightsMax: number) {
    this.#flightsMax = flightsMax
  }

  get size(): number {
    return this.#flights.size
  }

  /** Joins the load under way for `key`, or starts `load`; rejects with TooManyFlights past the bound. */
  run(key: string, load: () => Promise<T>): Promise<T> {
    const joined = this.#flights.get(key)
    if (joined !== undefined) return joined
    if (this.#flights.size >= this.#flightsMax) return Promise.reject(new TooManyFlights(this.#flightsMax))
    const flight = load().finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }
}
