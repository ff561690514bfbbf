import type { Registry } from 'prom-client'
import { Gauge } from 'prom-client'

/** WebSockets that are open; for all tenants together. */
export type SocketMetrics = {
  /** Asked at each scrape. */
  readonly watch: (open: () => number) => void
}

export function createSocketMetrics(registry: Registry): SocketMetrics {
  let open = (): number => 0
  new Gauge({
    name: 'postern_sockets_open',
    help: 'WebSockets that are open, or that the service is being asked for.',
    registers: [registry],
    collect() {
      this.set(open())
    },
  })
  return {
    watch(watched) {
      open = watched
    },
  }
}
