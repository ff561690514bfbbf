import type { Refused } from '../lib/refused.ts'
import { LineBuffer } from './line-buffer.ts'
import { requestLineFlaw } from './request-line.ts'
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
const COLON = 0x3a
const SEMICOLON = 0x3b

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
  #extensionBytes = 0

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
      // Node's parser counts neither the blanks before a value nor those lines of no request.
      if (!this.#begun.add(chunk.subarray(from))) this.#break('headers-size')
      return chunk.length
    }
    if (this.#begun.isEmpty) this.#read(chunk, from, end)
    else {
      const line = this.#begun.end(chunk.subarray(from, end + 1))
      this.#read(line, 0, line.length - 1)
    }
    return end + 1
  }

  /** A line without its LF; most of them are read where they lie. */
  #read(bytes: Buffer, from: number, lineEnd: number): void {
    const end = lineEnd - 1
    if (end < from && this.#place === 'start') this.#break('http-empty-lines')
    else if (end < from || bytes[end] !== CR) this.#break('http-line-end')
    else if (this.#place === 'fields') this.#readField(bytes, from, end)
    else if (this.#place === 'start') this.#readStart(bytes, from, end)
    else if (this.#place === 'chunk-size') this.#readChunkSize(bytes, from, end)
    else if (this.#place === 'chunk-end') this.#place = end === from ? 'chunk-size' : 'lost'
    else if (end === from) this.#place = this.#nextMessage()
  }

  #readStart(bytes: Buffer, from: number, end: number): void {
    if (end === from) {
      this.#emptyLines += 1
      if (this.#emptyLines > 1) this.#break('http-empty-lines')
      return
    }
    this.#messages += 1
    this.#place = 'fields'
    const rule = requestLineFlaw(bytes, from, end)
    if (rule !== null) this.#break(rule)
  }

  /** Only the two fields that say where the message ends; what is wrong with them is for receive to refuse. */
  #readField(bytes: Buffer, from: number, end: number): void {
    if (end === from) {
      this.#heads += 1
      this.#place = this.#bodyOf()
      return
    }
    const first = bytes[from]! | 0x20
    if (first === 0x63 && bytes[from + 14] === COLON && nameIs(bytes, from, 'content-length')) {
      const value = bytes.toString('latin1', from + 15, end).trim()
      this.#length = this.#length === null && digits.test(value) ? Number(value) : Number.NaN
    } else if (first === 0x74 && bytes[from + 17] === COLON && nameIs(bytes, from, 'transfer-encoding')) {
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

  #readChunkSize(bytes: Buffer, from: number, end: number): void {
    let size = 0
    let index = from
    for (; index < end; index += 1) {
      const digit = hexValue(bytes[index]!)
      if (digit === -1) break
      size = size * 16 + digit
    }
    const digitCount = index - from
    // Node's parser knows what an extension looks like.
    this.#extensionBytes += end - index
    const endsWell = index === end || bytes[index] === SEMICOLON
    if (digitCount < 1 || digitCount > 16 || !Number.isSafeInteger(size) || !endsWell)
      // Of what may be a piece of a body no more than the byte that is wrong.
      this.#break(
        'http-chunk-size',
        endsWell ? `${digitCount} digits` : bytes.toString('latin1', index, index + 1),
      )
    else if (this.#extensionBytes > extensionBytesMax) this.#break('http-extensions-size')
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
    this.#extensionBytes = 0
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

/** Of all chunks of a body; node's parser counts those of each anew, so that a body could be nearly nothing else. */
const extensionBytesMax = 16_384

const digits = /^[0-9]{1,16}$/

function nameIs(bytes: Buffer, from: number, name: string): boolean {
  return bytes.toString('latin1', from, from + name.length).toLowerCase() === name
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
