/** One window of one tenant that a request is charged to. */
export type Charge = {
  /** Unique within the tenant; becomes the policy name in RateLimit headers. */
  readonly name: string
  readonly windowMs: number
  readonly max: number
  readonly amount: number
}

export type WindowState = {
  readonly name: string
  readonly windowMs: number
  readonly max: number
  readonly remaining: number
  /** Until the window has room again for what it has lost, at most its length. */
  readonly resetMs: number
}

export type Granted = {
  readonly granted: true
  readonly windows: readonly WindowState[]
  /** True when the shared store did not answer and a local share of the limit was used. */
  readonly degraded: boolean
}

export type Exceeded = {
  readonly granted: false
  /** The window that refused; where several did, the one with the longest wait. */
  readonly name: string
  readonly retryAfterMs: number
  readonly windows: readonly WindowState[]
  readonly degraded: boolean
}

/**
 * Decides all of a tenant's windows at once: either every charge is taken or none is, and a refused request costs
 * nothing. Never throws for a store that is away: it answers from a local share, marked degraded.
 */
export type Limiter = {
  readonly take: (
    tenantId: string,
    charges: readonly Charge[],
  ) => Granted | Exceeded | Promise<Granted | Exceeded>
}

/** The limiter behind `Limiter` that several sidecars share, and that can be away. */
export type SharedLimiter = {
  /** Rejects with STORE_UNAVAILABLE, within its own deadline, when it cannot tell. */
  readonly take: (tenantId: string, charges: readonly Charge[]) => Promise<Granted | Exceeded>
  /** False while `take` would reject at once. */
  readonly usable: () => boolean
}
