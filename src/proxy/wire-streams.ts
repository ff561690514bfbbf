import type { Directory } from '../access/directory.ts'
import type { PermissionIndex } from '../access/permission-set.ts'
import type { ProxyConfig } from '../config/config.ts'
import type { Clock } from '../lib/clock.ts'
import { OpenStreams } from './open-streams.ts'
import type { ReviewPorts } from './review.ts'
import { createReview } from './review.ts'
import { createIdentifyTenant } from './stages/04-identify-tenant.ts'
import { createAuthorize } from './stages/05-authorize.ts'

export type StreamPorts = Pick<ReviewPorts, 'revocations' | 'denyList'> & {
  readonly directory: Directory
  readonly permissions: PermissionIndex
  readonly clock: Clock
}

/** What watches everything that is forwarded, with stages of its own that count and warn of nothing. */
export function watchStreams(config: ProxyConfig, ports: StreamPorts): OpenStreams {
  const { directory, revocations, permissions, clock } = ports
  const quiet = { onCrossTenant() {}, onBreakGlass() {} }
  return new OpenStreams({
    review: createReview({
      ...ports,
      identifyTenant: createIdentifyTenant({ directory, revocations, events: quiet }),
      authorize: createAuthorize({ permissions, events: quiet }),
    }),
    clock,
    random: Math.random,
    bounds: { ...config.streams, staleMs: config.directory.staleMs },
  })
}
