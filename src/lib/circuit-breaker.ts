import type { Clock } from './clock.ts'

/** The circuit is open: the operation was not even tried. */
export class CircuitOpen extends Error {
  constructor() {
    super('not tried: it failed a moment ago')
    this.name = 'CircuitOpen'
  }
}

export type CircuitState = 'closed' | 'open' | 'probing'

export type CircuitBreakerOptions = {
  /** How many failures in a row open it; errors and timeouts count alike. */
  readonly failuresToOpen: number
  /** How long it stays open before one probe is let through. */
  readonly openMs: number
  readonly clock: Clock
  readonly onChange?: (state: CircuitState) => void
}

/**
 * Stops asking something that does not answer, so that its silence costs one deadline and not one per request. When it
 * has been open for `openMs`, one single operation probes: if it succeeds the circuit closes, if not it stays open.
 *
 * An operation that was begun before the circuit opened says nothing about the present and changes nothing.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions
  #state: CircuitState
  #failures: number
  #openUntilMs: number

  constructor(options: CircuitBreakerOptions) {
    this.#options = options
    this.#state = 'closed'
    this.#failures = 0
    this.#openUntilMs = 0
  }

  get state(): CircuitState {
    return this.#state
  }

  /** Would `run` try the operation now? */
  admits(): boolean {
    if (this.#state === 'closed') return true
    return this.#state === 'open' && this.#options.clock.elapsedMs() >= this.#openUntilMs
  }

  /** Runs the operation, which must have a deadline of its own, or rejects with CircuitOpen without trying. */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.admits()) throw new CircuitOpen()
    const probing = this.#state === 'open'
    if (probing) this.#become('probing')
    try {
      const value = await operation()
      this.#succeeded(probing)
      return value
    } catch (error) {
      this.#failed(probing)
      throw error
    }
  }

  #succeeded(probing: boolean): void {
    if (probing) this.#become('closed')
    if (this.#state === 'closed') this.#failures = 0
  }

  #failed(probing: boolean): void {
    if (!probing && this.#state !== 'closed') return
    this.#failures += 1
    if (!probing && this.#failures < this.#options.failuresToOpen) return
    this.#openUntilMs = this.#options.clock.elapsedMs() + this.#options.openMs
    this.#become('open')
  }

  #become(state: CircuitState): void {
    this.#state = state
    this.#options.onChange?.(state)
  }
}
