/** A place that a WebSocket takes; leaving it twice counts once. */
export type SocketPlace = { readonly leave: () => void }

export type OpenSocketsBounds = { readonly socketsMax: number; readonly perTenantMax: number }

/**
 * How many WebSockets are open, in all and for each tenant: each costs memory and two descriptors for as long as its
 * client pleases, so one tenant must not have them all (threat 86).
 */
export class OpenSockets {
  readonly #bounds: OpenSocketsBounds
  readonly #byTenant: Map<string, number>
  #open: number

  constructor(bounds: OpenSocketsBounds) {
    this.#bounds = bounds
    this.#byTenant = new Map()
    this.#open = 0
  }

  get size(): number {
    return this.#open
  }

  /**
   * @param tenantId null for what belongs to no tenant, which all share one bound of
   * @returns the place, or which bound leaves none
   */
  take(tenantId: string | null): SocketPlace | 'tenant' | 'all' {
    const key = tenantId ?? ''
    const ofTenant = this.#byTenant.get(key) ?? 0
    if (ofTenant >= this.#bounds.perTenantMax) return 'tenant'
    if (this.#open >= this.#bounds.socketsMax) return 'all'
    this.#byTenant.set(key, ofTenant + 1)
    this.#open += 1
    let isTaken = true
    return {
      leave: () => {
        if (isTaken) this.#leave(key)
        isTaken = false
      },
    }
  }

  #leave(key: string): void {
    this.#open -= 1
    const left = this.#byTenant.get(key)! - 1
    if (left === 0) this.#byTenant.delete(key)
    else this.#byTenant.set(key, left)
  }
}
