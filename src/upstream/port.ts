import type { Readable } from 'node:stream'
import type { HeaderList } from '../lib/header-list.ts'

/** What is sent to the service; headers are final and hold no framing, the port frames the body itself. */
export type UpstreamRequest = {
  readonly method: string
  /** Path and query, byte for byte as they were decided on. */
  readonly target: string
  readonly headers: HeaderList
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
  /** False pauses the service until the receiver's own `onDrain` fires. */
  onChunk(chunk: Uint8Array): boolean
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
