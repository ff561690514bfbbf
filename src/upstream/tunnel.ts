import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import { Handshake } from './handshake.ts'
import type { Tunnel } from './port.ts'

export type TunnelOptions = {
  /** Scheme, host and port of the service; no request can change it. */
  readonly origin: string
  readonly connectTimeoutMs: number
  /** From the request to the head of the answer. */
  readonly handshakeTimeoutMs: number
  /** How long the other side may take to close after one side has. */
  readonly closeTimeoutMs: number
  readonly headBytesMax: number
  readonly clock: Clock
}

export type TunnelOpener = (request: IncomingMessage, socket: Duplex, head: Buffer) => Tunnel

/**
 * Prepares the tunnels that clients ask for with Upgrade. Nothing is sent, and nothing is read from the client, until
 * the pipeline has decided and calls `open`; a connection to the service serves one tunnel and is never pooled.
 *
 * @returns takes what node:http hands to an `upgrade` listener
 */
export function createTunnelOpener(options: TunnelOptions): TunnelOpener {
  return (request, socket, head) => {
    let handshake: Handshake | null = null
    return {
      protocol: (request.headers.upgrade ?? '').toLowerCase(),
      open: asked =>
        new Promise(resolve => {
          handshake = new Handshake(options, socket, head, resolve)
          handshake.start(asked)
        }),
      close: code => handshake?.close(code) ?? false,
    }
  }
}
