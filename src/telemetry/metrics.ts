import type { Registry } from 'prom-client'
import { Counter, collectDefaultMetrics } from 'prom-client'
import type { AddressMetrics } from './address-metrics.ts'
import { createAddressMetrics } from './address-metrics.ts'
import type { DependencyMetrics } from './dependency-metrics.ts'
import { createDependencyMetrics } from './dependency-metrics.ts'
import type { FeedMetrics } from './feed-metrics.ts'
import { createFeedMetrics } from './feed-metrics.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { createRequestMetrics } from './request-metrics.ts'
import type { RevocationMetrics } from './revocation-metrics.ts'
import { createRevocationMetrics } from './revocation-metrics.ts'
import type { SocketMetrics } from './socket-metrics.ts'
import { createSocketMetrics } from './socket-metrics.ts'

/** Every series of a process. wire.ts hands the functions to components as their event ports. */
export type Metrics = {
  readonly requests: RequestMetrics
  readonly dependencies: DependencyMetrics
  readonly revocations: RevocationMetrics
  readonly feed: FeedMetrics
  readonly addresses: AddressMetrics
  readonly sockets: SocketMetrics
  /** For the log: a line that a slow reader cost. */
  readonly logLineDropped: () => void
}

export type MetricsOptions = {
  /** Slugs of the tenants that metrics name; every other counts as `other`. */
  readonly tenants: readonly string[]
  /** Node's own series: CPU, memory, event-loop delay, garbage collection. They run a sampler of the process. */
  readonly node: boolean
}

/** Registers all series. The number of series is bounded by the configuration, whatever clients send. */
export function createMetrics(registry: Registry, options: MetricsOptions): Metrics {
  if (options.node) collectDefaultMetrics({ register: registry })
  const dropped = new Counter({
    name: 'postern_log_lines_dropped_total',
    help: 'Log lines that a slow reader cost.',
    registers: [registry],
  })
  return {
    requests: createRequestMetrics(registry, options.tenants),
    dependencies: createDependencyMetrics(registry),
    revocations: createRevocationMetrics(registry),
    feed: createFeedMetrics(registry),
    addresses: createAddressMetrics(registry),
    sockets: createSocketMetrics(registry),
    logLineDropped: () => dropped.inc(),
  }
}
