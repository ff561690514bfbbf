import type { Readable } from 'node:stream'
import type { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { CloseCode } from './farewell.ts'

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
   * Asks the service for the upgrade with exactly these fields, to which only `Host`, `Upgrade` and `Connection` are
   * added, and joins both sockets when it answers 101. Any other answer goes to `plain`, and no tunnel opens. Resolves
   * when both sides have closed, or the plain answer is handed over; never rejects.
   */
  open(request: TunnelRequest): Promise<TunnelEnd>
  /**
   * Ends an open tunnel: a close frame tells the client why as soon as no frame of the service is half sent, then both
   * sockets close; both are cut where that takes more than half a second. False where no tunnel is open: then nothing
   * was done, and it is the connection that has to be cut.
   */
  close(code: CloseCode): boolean
}

export type TunnelRequest = {
  /** Path and query, byte for byte as they were decided on. */
  readonly target: string
  readonly headers: HeaderList
  /** Between two pieces of a plain answer; 0 waits for ever. */
  readonly idleTimeoutMs: number
  /** What the client is told of the service's fields in its 101, which goes straight to the client's socket. */
  readonly switchingFields: (headers: HeaderList) => HeaderList
  /** Takes an answer other than 101. */
  readonly plain: Pick<UpstreamReceiver, 'onHead' | 'onChunk' | 'onDrain' | 'onEnd'>
}

export type TunnelEnd = {
  /** What the service answered; 0 when it did not, because of `fault` or because the client left. */
  readonly status: number
  /** From the client to the service, and back, through the open tunnel. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** What broke on the service's side; null when either side simply closed. */
  readonly fault: Fault | null
}
