import type { Refused } from '../lib/refused.ts'
import { LineBuffer } from './line-buffer.ts'
import type { HttpRefusalCode, HttpRule } from './rules.ts'
import { refusedBy } from './rules.ts'

/** The first thing that was wrong on a connection. */
export type Flaw = {
  /** Which of its requests it belongs to, counted from 1. */
  readonly message: number
  readonly refused: Refused<HttpRefusalCode>
}

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const COLON = 0x3a

/** What the next bytes belong to. */
type Place = 'start' | 'fields' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'lost'

/**
 * Reads along with node's parser, on the same bytes and before it, and says what that one forgives without a trace in
 * names and values: further spaces in the request line, another protocol's name, empty lines and stray line ends before
 * it, chunk sizes of any length. It judges the request line and chunk sizes, and of all else takes only what tells where a
 * message ends: what node's parser or receive refuse, it need not.
 *
 * Bytes may come in any pieces; the verdict is the same. Once something is wrong, or an end cannot be told, it reads no
 * further: nothing that follows on such a connection is served.
 */
export class RequestWatch {
  readonly #begun: LineBuffer
  #place: Place = 'start'
  #messages = 0
  #heads = 0
  #flaw: Flaw | null = null
  #emptyLines = 0
  /** Of a body or chunk. */
  #bytesLeft = 0
  #length: number | null = null
  #isChunked = false

  /** @param lineBytesMax of the request line, a field or a trailer; node's parser refuses longer heads itself */
  constructor(lineBytesMax: number) {
    this.#begun = new LineBuffer(lineBytesMax)
  }

  get flaw(): Flaw | null {
    return this.#flaw
  }

  /** How many heads have ended, or null once ends cannot be told any more. */
  get heads(): number | null {
    return this.#place === 'lost' ? null : this.#heads
  }

  take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#place !== 'lost') {
      if (this.#place === 'body' || this.#place === 'chunk') at = this.#skip(chunk, at)
      else at = this.#takeLine(chunk, at)
    }
  }

  #skip(chunk: Buffer, from: number): number {
    const taken = Math.min(this.#bytesLeft, chunk.length - from)
    this.#bytesLeft -= taken
    if (this.#bytesLeft === 0) this.#place = this.#place === 'body' ? this.#nextMessage() : 'chunk-end'
    return from + taken
  }

  /** Takes one line, or keeps what there is of it. */
  #takeLine(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(LF, from)
    if (end === -1) {
      if (!this.#begun.add(chunk.subarray(from))) this.#lose()
      return chunk.length
    }
    this.#read(this.#begun.end(chunk.subarray(from, end + 1)))
    return end + 1
  }

  /** @param line ends with LF */
  #read(line: Buffer): void {
    const length = line.length - 2
    if (length < 0 && this.#place === 'start') this.#break('http-empty-lines')
    else if (line[length] !== CR) this.#break('http-line-end')
    else if (this.#place === 'start') this.#readStart(line, length)
    else if (this.#place === 'fields') this.#readField(line, length)
    else if (this.#place === 'chunk-size') this.#readChunkSize(line, length)
    else if (this.#place === 'chunk-end') this.#place = length === 0 ? 'chunk-size' : 'lost'
    else if (length === 0) this.#place = this.#nextMessage()
  }

  #readStart(line: Buffer, length: number): void {
    if (length === 0) {
      this.#emptyLines += 1
      if (this.#emptyLines > 1) this.#break('http-empty-lines')
      return
    }
    this.#messages += 1
    this.#place = 'fields'
    const first = line.indexOf(SPACE)
    const second = line.indexOf(SPACE, first + 1)
    const third = line.indexOf(SPACE, second + 1)
    // A line of two words is one of HTTP/0.9, and is refused as that.
    const isOld = first > 0 && second === -1
    if (isOld) return
    if (first < 1 || second - first < 2 || third !== -1) this.#break('http-request-line')
    else if (line.toString('latin1', second + 1, second + 6) !== 'HTTP/') this.#break('http-protocol')
    else if (line.indexOf(CR) !== length) this.#break('http-line-end')
  }

  /** Only the two fields that say where the message ends; what is wrong with them is for receive to refuse. */
  #readField(line: Buffer, length: number): void {
    if (length === 0) {
      this.#heads += 1
      this.#place = this.#bodyOf()
      return
    }
    const first = line[0]! | 0x20
    if (first === 0x63 && line[14] === COLON && nameIs(line, 'content-length')) {
      const value = line.toString('latin1', 15, length).trim()
      this.#length = this.#length === null && digits.test(value) ? Number(value) : Number.NaN
    } else if (first === 0x74 && line[17] === COLON && nameIs(line, 'transfer-encoding')) {
      this.#isChunked = true
    }
  }

  /** A message that says two things of its end is refused, and ends its connection. */
  #bodyOf(): Place {
    if (this.#isChunked) return this.#length === null ? 'chunk-size' : 'lost'
    const length = this.#length ?? 0
    if (length === 0) return this.#nextMessage()
    this.#bytesLeft = length
    return Number.isSafeInteger(length) ? 'body' : 'lost'
  }

  #readChunkSize(line: Buffer, length: number): void {
    let size = 0
    let index = 0
    for (; index < length; index += 1) {
      const digit = hexValue(line[index]!)
      if (digit === -1) break
      size = size * 16 + digit
    }
    // Node's parser knows what an extension looks like, and how many bytes of them it takes.
    const extended = line[index] === 0x3b
    if (index < 1 || index > 16 || !Number.isSafeInteger(size) || (index < length && !extended))
      this.#break('http-chunk-size', line.toString('latin1', 0, Math.min(length, 64)))
    else if (size === 0) this.#place = 'trailers'
    else {
      this.#bytesLeft = size
      this.#place = 'chunk'
    }
  }

  #nextMessage(): Place {
    this.#emptyLines = 0
    this.#length = null
    this.#isChunked = false
    return 'start'
  }

  #break(rule: HttpRule, offending: string | null = null): void {
    const message = this.#place === 'start' ? this.#messages + 1 : this.#messages
    this.#flaw = { message, refused: refusedBy(rule, offending) }
    this.#lose()
  }

  #lose(): void {
    this.#place = 'lost'
    this.#begun.clear()
  }
}

const digits = /^[0-9]{1,16}$/

function nameIs(line: Buffer, name: string): boolean {
  return line.toString('latin1', 0, name.length).toLowerCase() === name
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
