import type { Registry } from 'prom-client'
import { Gauge } from 'prom-client'

/** Of how many addresses it is kept what they have used up. */
export type AddressMetrics = {
  /** Asked at each scrape, by standing. */
  readonly watch: (held: () => Readonly<Record<string, number>>) => void
}

export function createAddressMetrics(registry: Registry): AddressMetrics {
  let held = (): Readonly<Record<string, number>> => ({})
  new Gauge({
    name: 'postern_addresses_held',
    help: 'Addresses of which it is kept what they have used up, by standing: a good token came from there, or not yet.',
    labelNames: ['standing'],
    registers: [registry],
    collect() {
      for (const [standing, count] of Object.entries(held())) this.set({ standing }, count)
    },
  })
  return {
    watch(watched) {
      held = watched
    },
  }
}
