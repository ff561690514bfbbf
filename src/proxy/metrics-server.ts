import type { SideAnswer, SideServer } from './side-server.ts'
import { createSideServer, plain } from './side-server.ts'

export type MetricsServerPorts = {
  /** Whether traffic is wanted: false before the traffic port is bound and while draining, for no other reason. */
  readonly isReady: () => boolean
  /** All series in the text format of Prometheus. */
  readonly metrics: { readonly contentType: string; readonly metrics: () => Promise<string> }
  readonly onFailure: (path: string, error: unknown) => void
}

/**
 * The port that the kubelet and Prometheus reach: /livez, /readyz, /metrics, and nothing else. Being alive asks for no
 * more than an answer, so that no dependency that is away restarts every pod.
 */
export function createMetricsServer(ports: MetricsServerPorts): SideServer {
  const { isReady, metrics, onFailure } = ports
  let collecting: Promise<SideAnswer> | null = null
  const collect = (): Promise<SideAnswer> => {
    collecting ??= metrics
      .metrics()
      .then(body => ({ status: 200, type: metrics.contentType, body }))
      .finally(() => {
        collecting = null
      })
    return collecting
  }
  return createSideServer({
    guard: () => null,
    onFailure,
    routes: new Map<string, () => SideAnswer | Promise<SideAnswer>>([
      ['/livez', () => plain(200, 'alive')],
      ['/readyz', () => (isReady() ? plain(200, 'ready') : plain(503, 'not ready'))],
      ['/metrics', collect],
    ]),
  })
}
