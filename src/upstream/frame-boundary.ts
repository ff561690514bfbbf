const shortLength = 125
const lengthOf16Bits = 126
const closeOpcode = 0x8

/**
 * Follows the frames of a WebSocket (RFC 6455 §5.2) that a service sends, only to know where one ends: there, and
 * nowhere else, a frame of ours may be put between. Looks at the heads and counts the rest; a service masks nothing, and
 * of one that does no boundary is known any more.
 */
export class FrameBoundary {
  /** Bytes of the head that are still to come, after its first; -1 before that. */
  #headLeft = -1
  /** The second byte of the head is the one that is still to come. */
  #knowsLength = false
  #payloadLeft = 0
  #isLost = false
  #hasClosed = false

  /** Nothing is half sent. */
  get isBetween(): boolean {
    return !this.#isLost && this.#headLeft === -1 && this.#payloadLeft === 0
  }

  /** The service has sent its close frame, after which nothing may follow (RFC 6455 §5.5.1). */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  pass(chunk: Uint8Array): void {
    let index = 0
    while (index < chunk.length && !this.#isLost) index = this.#step(chunk, index)
  }

  /** How many bytes of `chunk` belong to the frame that is under way: they have passed then, the others have not. */
  finish(chunk: Uint8Array): number {
    let index = 0
    while (index < chunk.length && !this.#isLost && !this.isBetween) index = this.#step(chunk, index)
    return this.#isLost ? chunk.length : index
  }

  /** Takes one byte of a head, or what there is of a payload. */
  #step(chunk: Uint8Array, index: number): number {
    if (this.#headLeft === -1 && this.#payloadLeft > 0) {
      const taken = Math.min(this.#payloadLeft, chunk.length - index)
      this.#payloadLeft -= taken
      return index + taken
    }
    this.#takeHead(chunk[index]!)
    return index + 1
  }

  #takeHead(byte: number): void {
    if (this.#headLeft === -1) {
      this.#hasClosed ||= (byte & 0x0f) === closeOpcode
      this.#headLeft = 1
      this.#knowsLength = false
      return
    }
    this.#headLeft -= 1
    if (this.#knowsLength) this.#payloadLeft = this.#payloadLeft * 256 + byte
    else this.#takeShortLength(byte)
    if (this.#payloadLeft > Number.MAX_SAFE_INTEGER) this.#isLost = true
    if (this.#headLeft === 0) this.#headLeft = -1
  }

  /** The mask bit, and the length or how many bytes it takes. */
  #takeShortLength(byte: number): void {
    this.#knowsLength = true
    if (byte > 0x7f) this.#isLost = true
    else if (byte <= shortLength) this.#payloadLeft = byte
    else this.#headLeft = byte === lengthOf16Bits ? 2 : 8
  }
}
