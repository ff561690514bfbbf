import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { FrameBoundary } from './frame-boundary.ts'

/** Why a WebSocket is closed from the middle (RFC 6455 §7.4.1): the sidecar goes, or its client may not stay. */
export type CloseCode = typeof goingAway | typeof policyViolation

export const goingAway = 1001
export const policyViolation = 1008

/**
 * Follows an open WebSocket so that it can be closed between two frames. Until then, not a byte is held up or looked at
 * but the heads of frames; it is made in the turn in which both sides are joined, and after that.
 */
export class Farewell {
  readonly #client: Duplex
  readonly #service: Socket
  readonly #frames: FrameBoundary
  readonly #follow: (chunk: Uint8Array) => void

  constructor(client: Duplex, service: Socket) {
    this.#client = client
    this.#service = service
    this.#frames = new FrameBoundary()
    this.#follow = chunk => this.#frames.pass(chunk)
    service.on('data', this.#follow)
  }

  /**
   * From here on nothing of the client reaches the service. Of the service only the frame that is under way reaches the
   * client, then our close frame; both sides end after that. Whoever calls it cuts them when that takes too long.
   */
  say(code: CloseCode): void {
    const [client, service] = [this.#client, this.#service]
    service.off('data', this.#follow)
    service.unpipe(client)
    client.unpipe(service)
    client.resume()
    if (this.#frames.isBetween) {
      this.#end(code)
      return
    }
    const finish = (chunk: Uint8Array) => {
      const isRead = client.write(chunk.subarray(0, this.#frames.finish(chunk)))
      if (this.#frames.isBetween) {
        service.off('data', finish)
        this.#end(code)
      } else if (!isRead) service.pause()
    }
    client.on('drain', () => service.resume())
    service.on('data', finish)
    service.resume()
  }

  #end(code: CloseCode): void {
    if (!this.#frames.hasClosed && !this.#client.writableEnded) this.#client.write(closeFrame(code))
    this.#client.end()
    this.#service.destroy()
  }
}

/** FIN and the close opcode, a length of two, the code; no reason (RFC 6455 §5.5.1). */
function closeFrame(code: CloseCode): Uint8Array {
  return Uint8Array.of(0x88, 2, code >> 8, code & 0xff)
}
