const firstBytes = 256

/**
 * Puts together a line that came in pieces. It keeps copies, because a piece may be a view of what node fills again, and
 * grows by doubling, so that a line sent byte by byte costs no more than one sent whole.
 */
export class LineBuffer {
  readonly #bytesMax: number
  #held: Buffer | null = null
  #length = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** @returns false when the line has become too long; it is not kept then */
  add(piece: Buffer): boolean {
    const length = this.#length + piece.length
    if (length > this.#bytesMax) return false
    if (this.#held === null || this.#held.length < length) this.#grow(length)
    this.#length += piece.copy(this.#held!, this.#length)
    return true
  }

  /** The whole line, with its last piece; forgets it. */
  end(last: Buffer): Buffer {
    const line = this.#held === null ? last : Buffer.concat([this.#held.subarray(0, this.#length), last])
    this.clear()
    return line
  }

  clear(): void {
    this.#held = null
    this.#length = 0
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(firstBytes, length, (this.#held?.length ?? 0) * 2))
    this.#held?.copy(grown, 0, 0, this.#length)
    this.#held = grown
  }
}
