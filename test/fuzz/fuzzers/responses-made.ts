import { integerBelow } from '../../support/random.ts'
import type { Random } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'

/** The method of the request on the first line, then what the service writes; see responses.ts for the words in `<>`. */
export function generateAnswer(random: Random, corpus: readonly string[]): string {
  const method = `${oneOf(random, methods)}\n`
  if (chance(random, 0.4)) {
    const from =
      corpus.length > 0 && chance(random, 0.5) ? oneOf(random, corpus) : method + oneOf(random, honest)
    return mutate(random, from, honest, { words, lengthMax: 60_000 }, 3)
  }
  let text = method
  for (let count = chance(random, 0.2) ? integerBelow(random, 40) : 0; count > 0; count -= 1)
    text += oneOf(random, informs)
  text += chance(random, 0.6) ? oneOf(random, honest) : made(random)
  if (chance(random, 0.3)) text += oneOf(random, behind)
  return text
}

function made(random: Random): string {
  let text = `${oneOf(random, statusLines)}\r\n`
  for (let count = integerBelow(random, 5); count > 0; count -= 1) text += `${oneOf(random, fields)}\r\n`
  if (chance(random, 0.1)) text += '<pause>'
  return `${text}\r\n${oneOf(random, bodies)}${chance(random, 0.5) ? oneOf(random, closings) : ''}`
}

const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'EXPECT']
const mark = '[#######]'

const honest = [
  `HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${mark}`,
  `HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n${mark}<pause>${mark}`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n${mark}\r\n<pause>9\r\n${mark}\r\n0\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mark\r\n\r\n9\r\n${mark}\r\n0\r\nX-Mark: ${mark}\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${mark}<end>`,
  `HTTP/1.0 200 OK\r\n\r\n${mark}<end>`,
  `HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\nX-Mark: ${mark}\r\n\r\n${mark}`,
  `HTTP/1.1 204 No Content\r\nX-Mark: ${mark}\r\n\r\n`,
  `HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n`,
  `HTTP/1.1 100 Continue\r\n\r\n<pause>HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${mark}`,
  `HTTP/1.1 103 Early Hints\r\nLink: <${mark}>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${mark}`,
]

const informs = [
  'HTTP/1.1 103 Early Hints\r\n\r\n',
  `HTTP/1.1 103 Early Hints\r\nX-Mark: ${mark}\r\n\r\n`,
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 199 Odd\r\n\r\n<pause>',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
]

const statusLines = [
  ...[
    '200 OK',
    '200',
    '200 ',
    '204 No Content',
    '205 Reset Content',
    '206 Partial Content',
    '304 Not Modified',
    '302 Found',
  ].map(status => `HTTP/1.1 ${status}`),
  ...[
    '101 Switching Protocols',
    '099 Low',
    '000 Zero',
    '600 High',
    '999 Higher',
    '20 Short',
    '2000 Long',
    '-200 OK',
    '0x200 OK',
  ].map(status => `HTTP/1.1 ${status}`),
  ...[
    'HTTP/1.0 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/0.9 200 OK',
    'HTTP/1.10 200 OK',
    'ICY 200 OK',
    ' HTTP/1.1 200 OK',
    'http/1.1 200 OK',
    '200 OK',
    '',
  ],
  ...[
    `HTTP/1.1 200 ${mark}`,
    'HTTP/1.1 200 \xe9',
    'HTTP/1.1 200 a\0b',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1  200 OK',
    `HTTP/1.1 200 ${'a'.repeat(20_000)}`,
  ],
]

const fields = [
  ...[
    '0',
    '9',
    '18',
    '8',
    '10',
    '+9',
    '-9',
    '9, 9',
    '9,10',
    '0x9',
    '',
    ' 9 ',
    '9007199254740993',
    '99999999999999999999',
  ].map(length => `Content-Length: ${length}`),
  ...[
    'chunked',
    'Chunked',
    'gzip, chunked',
    'chunked, gzip',
    'identity',
    'xchunked',
    ',chunked',
    'chunked\t',
    '\vchunked',
  ].map(coding => `Transfer-Encoding: ${coding}`),
  ...['close', 'keep-alive', 'upgrade', 'close, keep-alive', 'Content-Length', 'X-Mark', '"', ''].map(
    value => `Connection: ${value}`,
  ),
  ...[
    `X-Mark: ${mark}`,
    `Set-Cookie: a=${mark}`,
    'X-QLP-Assertion: evil',
    'Content-Encoding: gzip',
    'Keep-Alive: timeout=0',
    'Keep-Alive: timeout=99999999',
    'Upgrade: h2c',
  ],
  ...[
    'X: a\0b',
    'X: a\rb',
    'X: a\nb',
    'X: \xe9',
    'X: \x85',
    'X : y',
    ' X: y',
    'X',
    ': y',
    'X\xe9: y',
    'X:',
    `X: ${'a'.repeat(17_000)}`,
    'Trailer: Content-Length',
  ],
]

const bodies = [
  ...[
    '',
    mark,
    `${mark}${mark}`,
    `${mark}<pause>${mark}`,
    `9\r\n${mark}\r\n0\r\n\r\n`,
    `9\r\n${mark}\r\n<pause>0\r\n\r\n`,
    mark.repeat(3000),
  ],
  ...[
    `9;a=b\r\n${mark}\r\n0\r\n\r\n`,
    `+9\r\n${mark}\r\n0\r\n\r\n`,
    `09\r\n${mark}\r\n0\r\n\r\n`,
    `9\n${mark}\n0\n\n`,
    `8\r\n${mark}\r\n0\r\n\r\n`,
  ],
  ...[
    `a\r\n${mark}\r\n0\r\n\r\n`,
    `9\r\n${mark}0\r\n\r\n`,
    `9\r\n${mark}\r\n`,
    `9\r\n${mark}\r\n0\r\n`,
    `9\r\n${mark}\r\n0\r\nX: a\0b\r\n\r\n`,
    'ffffffffffffffff\r\n',
    `9${' '.repeat(100)}\r\n`,
  ],
  ...[
    `9\r\n${mark}\r\n0\r\nContent-Length: 5\r\n\r\n`,
    `9\r\n${mark}\r\n0\r\nX-Mark: ${mark}\r\n\r\n`,
    `9;${'a'.repeat(9000)}\r\n${mark}\r\n0\r\n\r\n`,
  ],
]

const closings = ['<end>', '<reset>', '<silence>', '<pause><end>', '<pause><reset>']

/** What no request has asked for. */
const behind = [
  ...honest,
  ...honest.map(answer => `<pause>${answer}`),
  ...[
    '\r\n',
    '\r\n\r\n',
    '\0',
    'x',
    mark,
    '<pause>x',
    '0\r\n\r\n',
    '<end>',
    '<reset>',
    '<pause><end>',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n<end>',
  ],
]

const words = [
  ...closings,
  '<pause>',
  ...fields,
  ...statusLines,
  mark,
  '\r\n',
  '\r\n\r\n',
  '\n',
  '0\r\n\r\n',
  '9\r\n',
]
