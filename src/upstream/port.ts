import type { Readable } from 'node:stream'
import type { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'

/** What is sent to the service; headers are final and hold no framing, the port frames the body itself. */
export type UpstreamRequest = {
  readonly method: string
  /** Path and query, byte for byte as they were decided on. */
  readonly target: string
  readonly headers: HeaderList
  /** The port takes it over: it is read to its end or destroyed, so it must not be the client's own stream. */
  readonly body: Readable | null
  /** Null sends a body of unknown length chunked. */
  readonly contentLength: number | null
  readonly headersTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** Where the service's answer goes, piece by piece. */
export type UpstreamReceiver = {
  onInform(status: number, headers: HeaderList): void
  onHead(status: number, headers: HeaderList): void
  /** False pauses the service until a listener given to `onDrain` was called. */
  onChunk(chunk: Uint8Array): boolean
  /** Asked for once per pause. */
  onDrain(listener: () => void): void
  onEnd(trailers: HeaderList): void
}

/** Cuts the exchange with the service; its connection is not reused. */
export type CancelUpstream = () => void

/**
 * One service, at one fixed address that no request can change.
 *
 * `send` resolves when the answer has been handed over whole, and rejects with a Fault (UPSTREAM_*) otherwise. What is
 * provably unsent, or idempotent, without a body and on a connection that the service had closed, is sent once more.
 */
export type Upstream = {
  readonly send: (
    request: UpstreamRequest,
    receiver: UpstreamReceiver,
    onCancel: (cancel: CancelUpstream) => void,
  ) => Promise<{ readonly retried: boolean }>
  readonly close: () => Promise<void>
}

/** An upgrade the client asked for; nothing has been answered yet. */
export type Tunnel = {
  /** Lower case, from the Upgrade field. */
  readonly protocol: string
  /**
   * Asks the service for the upgrade with exactly these fields, to which only `Upgrade` and `Connection` are added, and
   * joins both sockets when it answers 101. Any other answer is passed on as a plain response, the connection closes
   * after it, and no tunnel opens. Resolves when both sides have closed; never rejects.
   */
  open(request: TunnelRequest): Promise<TunnelEnd>
}

export type TunnelRequest = {
  /** Path and query, byte for byte as they were decided on. */
  readonly target: string
  readonly headers: HeaderList
  /** What the client is told of the service's fields, framing aside: runs once, with the head of the answer. */
  readonly answerFields: (status: number, headers: HeaderList) => HeaderList
}

export type TunnelEnd = {
  /** What the client was answered; 0 when nothing was, and `fault` says why. */
  readonly status: number
  /** From the client to the service, and back, once the tunnel is open or as the body of a plain answer. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** What broke on the service's side; null when either side simply closed. */
  readonly fault: Fault | null
}
