import type { Oddity } from '../http1/target.ts'

/** What stands between one tenant's request and another tenant's data in a service that may know nothing of tenants. */
export type Isolation =
  /** The service itself verifies the assertion. */
  | { readonly by: 'assertion' }
  /** The answer is the same for everyone and holds nobody's data. */
  | { readonly by: 'public' }
  /** Nothing is proven: every request is refused with NOT_ISOLATED, and this is why. */
  | { readonly by: 'nothing'; readonly reason: string }

export type Scope = 'tenant' | 'workspace' | 'none'

/** A place in a request that names a tenant or a workspace. */
export type Selector = { readonly in: 'path' | 'query'; readonly name: string }

export type StageMode = 'off' | 'shadow' | 'enforce'

/** What a request body must keep to, so that nobody holds a connection to the service for next to nothing (threats 83). */
export type BodyPace = {
  /** Within so long it must bring what `bytesPerSecondMin` makes of that time, one byte at least; 0 asks for nothing. */
  readonly idleMs: number
  readonly bytesPerSecondMin: number
}

/** The stages whose verdict may be watched before it is enforced. */
export type GovernedStage = 'authenticate' | 'identifyTenant' | 'authorize' | 'throttle'

/** One operation of a service, as the configuration states it, with every default filled in. */
export type RouteRule = {
  /** Upper-case method; HEAD is answered by the rule for GET. */
  readonly method: string
  /** `/tenants/{tenant_id}/notes`: a parameter is a whole segment, a tail the rest (template.ts). */
  readonly template: string
  /** What its tail may hold; nothing where there is no tail. */
  readonly takes: readonly Oddity[]
  /** Null only for a public route: no token is asked for, and none is looked at. */
  readonly permission: string | null
  readonly scope: Scope
  readonly tenantSelectors: readonly Selector[]
  readonly workspaceSelectors: readonly Selector[]
  readonly isolation: Isolation
  /** How many requests a call counts as, in each of the tenant's windows; 0 is not counted. */
  readonly charge: number
  readonly upgrade: 'websocket' | null
  /** Of the pages that may open a WebSocket; one that comes without Origin is no browser's. */
  readonly origins: readonly string[]
  readonly timeouts: {
    /** Until the response's head; 0 waits for ever (streams whose head comes with the first event). */
    readonly headersMs: number
    /** Between two pieces of the response's body; 0 waits for ever. */
    readonly idleMs: number
  }
  readonly bodyBytesMax: number
  readonly bodyPace: BodyPace
  readonly modes: Readonly<Record<GovernedStage, StageMode>>
}
