import { foldNames } from '../../../src/http1/field-name.ts'
import { readFraming } from '../../../src/http1/framing.ts'
import { asksToClose } from '../../../src/http1/hop-by-hop.ts'
import { RequestWatch } from '../../../src/http1/request-watch.ts'
import { isRefused } from '../../../src/lib/refused.ts'
import { createRandom, integerBelow } from '../../support/random.ts'
import { readStrictly } from '../../support/strict-http.ts'
import type { Fuzzer, Random } from '../fuzzer.ts'
import { hold } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'
import { generateHead } from './heads-made.ts'
import { createNodeParser } from './node-parser.ts'

/**
 * Connections of several requests, read by what watches the bytes and by node's parser: the verdict is the same in
 * whatever pieces they come, and as long as nothing is refused both know every head at the same byte.
 */
export async function startWatch(): Promise<Fuzzer> {
  return { name: 'watch', concurrency: 1, generate, check, close: async () => {} }
}

const headBytesMax = 16_384
const bounds = { headerCountMax: 2000, headerBytesMax: headBytesMax }

function check(input: string): string {
  const bytes = Buffer.from(input, 'latin1')
  const whole = watchPieces([bytes])
  const random = createRandom(bytes.length)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + integerBelow(random, 1 << integerBelow(random, 8))
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  hold(sameVerdict(whole, watchPieces(pieces)), 'the verdict is the same in random pieces')
  hold(sameVerdict(whole, watchPieces(lines(bytes))), 'the verdict is the same line by line')
  const word = readAlong(bytes)

  const strict = readStrictly(input)
  if (strict.violation === null) {
    hold(
      whole.flaw === null && whole.heads === strict.requests.length,
      'what a strict reader takes is not refused',
    )
  }
  return word
}

function watchPieces(pieces: readonly Buffer[]): RequestWatch {
  const watch = new RequestWatch(headBytesMax)
  for (const piece of pieces) watch.take(piece)
  return watch
}

function sameVerdict(one: RequestWatch, other: RequestWatch): boolean {
  return one.heads === other.heads && JSON.stringify(one.flaw) === JSON.stringify(other.flaw)
}

function lines(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r', at) + 1 || bytes.length
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

/** Byte by byte, until one of the two, or receive, serves nothing more on this connection. */
function readAlong(bytes: Buffer): string {
  const watch = new RequestWatch(headBytesMax)
  const node = createNodeParser(headBytesMax)
  let judged = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.subarray(at, at + 1)
    watch.take(byte)
    if (!node.take(byte)) return 'refused by node'
    if (watch.flaw !== null) return watch.flaw.refused.rule ?? 'flaw'
    for (; judged < node.heads.length; judged += 1) {
      const { headers, httpVersion, upgrade, keepsAlive } = node.heads[judged]!
      if (upgrade || !keepsAlive || asksToClose(headers)) return sameHeads(watch, node.heads, 'closed')
      if (isRefused(readFraming(headers, foldNames(headers), httpVersion, bounds)))
        return 'refused by receive'
    }
    hold(watch.heads !== null, 'the watcher is not lost where nobody refuses anything')
    hold(watch.heads === node.heads.length, 'both know of the same heads')
  }
  return 'accepted'
}

function sameHeads(watch: RequestWatch, heads: readonly unknown[], word: string): string {
  hold(watch.heads === null || watch.heads === heads.length, 'both know of the same heads at the last one')
  return word
}

function generate(random: Random, corpus: readonly string[]): string {
  if (corpus.length > 0 && chance(random, 0.2))
    return mutate(random, oneOf(random, corpus), corpus, { words: pieces, lengthMax: headBytesMax })
  let text = ''
  for (let count = 1 + integerBelow(random, 3); count > 0; count -= 1) {
    if (chance(random, 0.15)) text += oneOf(random, between)
    text += chance(random, 0.7) ? message(random) : generateHead(random, corpus)
  }
  return chance(random, 0.5)
    ? text
    : mutate(random, text, corpus.length > 0 ? corpus : [text], { words: pieces, lengthMax: headBytesMax }, 2)
}

/** A request that node takes, most often; its body may be odd. */
function message(random: Random): string {
  const head = `${oneOf(random, lines1)}\r\nHost: a\r\n${chance(random, 0.3) ? oneOf(random, fields) : ''}`
  const way = integerBelow(random, 4)
  if (way === 0) return `${head}\r\n`
  const body = 'GET /b HTTP/1.1\r\nHost: b\r\n\r\n'.slice(0, integerBelow(random, 29))
  if (way === 1) return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunked(random, body)}`
}

function chunked(random: Random, body: string): string {
  let text = ''
  for (let at = 0; at < body.length; ) {
    const part = body.slice(at, at + 1 + integerBelow(random, 12))
    const size = part.length.toString(16)
    text += `${chance(random, 0.1) ? oneOf(random, sizes) : ''}${size}${chance(random, 0.1) ? oneOf(random, afterSizes) : ''}\r\n${part}\r\n`
    at += part.length
  }
  return `${text}${chance(random, 0.9) ? '0' : oneOf(random, ['00', '0;a', '0 ', '-0', '000000000000000000'])}\r\n${chance(random, 0.9) ? '' : oneOf(random, trailers)}\r\n`
}

const lines1 = [
  'GET / HTTP/1.1',
  'GET / HTTP/1.1',
  'POST /a HTTP/1.1',
  'DELETE /a?b HTTP/1.1',
  'GET / HTTP/1.0',
  'OPTIONS * HTTP/1.1',
]
const fields = [
  'X: a\r\n',
  'Connection: close\r\n',
  'Connection: close\t\r\n',
  'Connection: keep-alive\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  'Content-Length: 0\r\n',
  'Expect: 100-continue\r\n',
  'X: \r\n',
  'X:\r\n',
]
const between = ['\r\n', '\r\n\r\n', '\n', '\r', ' ', '\0', '\t', 'x']
const sizes = ['0', '00', '0x', '+', ' ', '\t', '-', '0000000000000000', 'f'.repeat(15)]
const afterSizes = [
  ';a',
  ';a=b',
  ';a="b"',
  ';',
  ' ',
  '\t',
  ';a=\r',
  ' ;a',
  ';a="\\""',
  '\n',
  'h',
  `;${'a'.repeat(1000)}`,
]
const trailers = [
  'X: a\r\n',
  'Host: b\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'X\r\n',
  ' a\r\n',
  ': a\r\n',
]
const pieces = [
  ...sizes,
  ...afterSizes,
  ...between,
  ...fields,
  ...trailers,
  ...lines1,
  '0\r\n\r\n',
  '1\r\na\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 1\r\n',
  'Content-Length: 1',
  'HTTP/1.1',
  '\r\n\r\n',
  ': ',
  'RTSP/1.0',
  'ICE/1.0',
]
