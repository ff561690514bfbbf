import type { Readable } from 'node:stream'
import type { PreparedAccess, PreparedWorkspace } from '../access/prepared-access.ts'
import type { HttpRefusalCode } from '../http1/rules.ts'
import type { Oddities } from '../http1/target.ts'
import type { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import type { Exceeded, Granted } from '../limit/limiter.ts'
import type { RouteMatch } from '../route/match.ts'
import type { Claims } from '../token/claims.ts'
import type { Tunnel } from '../upstream/port.ts'
import type { Denial } from './verdict.ts'

/**
 * The state of one request. A transport builds it; each stage fills the field that bears its name and reads those of
 * the stages before it. It holds no type of node:http or undici, so that another transport can feed the same pipeline.
 */
export type Exchange = {
  readonly arrival: Arrival
  readonly reply: Reply
  readonly client: Client
  /** How to open the tunnel, when the client asked for an upgrade; null otherwise. */
  readonly tunnel: Tunnel | null

  /** Set by receive, and by the transport for a request that never came so far. */
  request: ReceivedRequest | null
  route: RouteMatch | null
  claims: Claims | null
  access: PreparedAccess | null
  /** The workspace the request acts in; null outside workspace-scoped routes. */
  workspace: PreparedWorkspace | null
  /** What the limiter said, kept for RateLimit fields; null when the route is not charged. */
  grant: Granted | Exceeded | null
  /** Fields that prove the tenant to the service, ready to send: [name, value, …]. */
  proof: HeaderList | null
  outcome: Outcome

  /** The refusal or fault that ended the request, null while there is none. */
  ended: Denial | Fault | null
  /** What a stage in shadow mode would have refused, or how it broke. */
  readonly shadowed: (Denial | Fault)[]
  /** Milliseconds per decided stage, in the order of pipeline.ts. */
  readonly stageMs: number[]
}

/** What came over the wire, before anyone judged it. */
export type Arrival = {
  readonly method: string
  /** The request target byte for byte. */
  readonly target: string
  readonly httpVersion: string
  readonly headers: HeaderList
  /** What is wrong with the bytes of its head that method, target, names and values do not show; null if nothing is. */
  readonly flaw: Refused<HttpRefusalCode> | null
  /** Null when the head announces no body. */
  readonly body: Readable | null
  readonly peer: { readonly address: string; readonly port: number; readonly encrypted: boolean }
  readonly atMs: number
  /** Monotonic, for durations. */
  readonly startedMs: number
}

/** What receive made of the arrival: strict, stripped, normalised once. */
export type ReceivedRequest = {
  readonly id: string
  /** Without query, still encoded: what is decided on and what is sent. */
  readonly path: string
  /** Percent-decoded once, segment by segment; for matching only. */
  readonly segments: readonly string[]
  /** What only the tail of a route may hold; null for nearly all. */
  readonly oddities: Oddities | null
  /** Without `?`; null when there is none. */
  readonly query: string | null
  /** The bearer token, null when the request carries no Authorization. */
  readonly token: string | null
  /** The only Origin field, byte for byte: which page a browser sent it for. */
  readonly origin: string | null
  /** From the selector headers, captured before they were stripped. */
  readonly tenantRef: string | null
  readonly workspaceRef: string | null
  /** Access must be judged by this version of the tenant at least; 0 where the request does not say. */
  readonly accessVersionMin: number
  /** Fields to forward: end-to-end ones, nothing reserved, no Authorization, no framing. */
  readonly headers: HeaderList
  /** Null when chunked or absent. */
  readonly contentLength: number | null
  readonly expectsContinue: boolean
  /** A valid W3C traceparent, the client's or a new one. */
  readonly traceparent: string
}

/** Where the answer goes. The transport frames it; names and values are checked there a last time. */
export type Reply = {
  /** True once a final head went out: from then on only the body, or a cut connection, can tell of a failure. */
  readonly begun: boolean
  /** A 1xx head; `100` answers Expect. */
  inform(status: number, headers: HeaderList): void
  begin(status: number, headers: HeaderList): void
  /** False asks the writer to wait for `onDrain`. */
  write(chunk: Uint8Array): boolean
  onDrain(listener: () => void): void
  end(trailers: HeaderList): void
  /** Cuts the connection, so that a half-sent answer cannot pass for a whole one. */
  abort(): void
  /** The connection closes after this answer. */
  closeAfter(): void
}

/** The client's side of the connection. */
export type Client = {
  readonly gone: boolean
  /** At most one listener; it runs at once if the client is gone already. */
  onGone(listener: () => void): void
}

/** What record will tell; filled by forward and answer. */
export type Outcome = {
  /** 0 while nothing was answered. */
  status: number
  /** What the service answered; 0 when it was not asked. */
  upstreamStatus: number
  upstreamMs: number
  bytesIn: number
  bytesOut: number
  retried: boolean
  /**
   * Which side broke the exchange off after the service was asked; `revoked` is this one, because what let the request
   * through held no more.
   */
  aborted: 'client' | 'upstream' | 'drain' | 'revoked' | null
}
