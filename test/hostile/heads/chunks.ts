import type { HeadCase } from './case.ts'
import { cases, chunked, forwarded, shown } from './case.ts'

/** In the place of a size, before `hello`. */
const sizes: readonly string[] = [
  '',
  ' 5',
  '\t5',
  '5 ',
  '5\t',
  '+5',
  '-5',
  '-0',
  '0x5',
  '0X5',
  'x5',
  '5h',
  '5_0',
  '5.0',
  '5,',
  '5, 5',
  'g',
  '5g',
  '5\x00',
  '\x005',
  '5\x01',
  '5\x0b',
  '\x0b5',
  '5\x7f',
  '5\x85',
  '5\xa0',
  '\xa05',
  '5\r',
  '5 5',
  '"5"',
  '00000000000000005',
  '0000000000000000000000000000005',
  '10000000000000005',
  'fffffffffffffffff',
  '10000000000000000',
  'five',
  '=5',
  ':5',
  '5:',
  '5=5',
  '%35',
  '\xd9\xa5',
  '\xef\xbc\x95',
]

/** Behind the size `5`. */
const extensions: readonly string[] = [
  ';',
  '; x=y',
  ' ;x=y',
  '\t;x',
  ';;',
  ';x;',
  ';x="',
  ';x="\\',
  ';x=\x00',
  ';x=\x7f',
  ';x=\x80',
  ';x=\r',
  ';x\n',
  ';\n',
  ';x="a\r\nb"',
  `;x=${'y'.repeat(20_000)}`,
  ';0\r\n',
  ';x=y ',
  ';{',
  ';,',
  ';x=y,z',
]

/** Well-formed, or nearly: they end at this hop, and nothing of them is looked at (RFC 9112 §7.1.1). */
const ignored: readonly string[] = [
  ';x',
  ';x=y',
  ';x="y"',
  ';="y"',
  ';x=',
  ';x=y;z',
  ';x="\\""',
  `;${'x'.repeat(300)}`,
]

/** The whole body. */
const bodies: readonly (readonly [name: string, body: string])[] = [
  ['data longer than its size', '4\r\nhello\r\n0\r\n\r\n'],
  ['data with no CRLF behind it', '5\r\nhello0\r\n\r\n'],
  ['data with a line feed behind it', '5\r\nhello\n0\r\n\r\n'],
  ['data with a carriage return behind it', '5\r\nhello\r0\r\n\r\n'],
  ['data with two line feeds behind it', '5\r\nhello\n\n0\r\n\r\n'],
  ['data with CR CR LF behind it', '5\r\nhello\r\r\n0\r\n\r\n'],
  ['data with CRLF CRLF behind it', '5\r\nhello\r\n\r\n0\r\n\r\n'],
  ['data with a blank and CRLF behind it', '5\r\nhello \r\n0\r\n\r\n'],
  ['data with two other bytes behind it', '5\r\nhelloXX0\r\n\r\n'],
  ['data with LF CR behind it', '5\r\nhello\n\r0\r\n\r\n'],
  ['a size that ends in a line feed', '5\nhello\r\n0\r\n\r\n'],
  ['a size that ends in a carriage return', '5\rhello\r\n0\r\n\r\n'],
  ['a size that ends in CR X', '5\rXhello\r\n0\r\n\r\n'],
  ['a last chunk that ends in line feeds', '5\r\nhello\r\n0\n\n'],
  ['a last chunk that ends in CRLF LF', '5\r\nhello\r\n0\r\n\n'],
  ['a last chunk that ends in CRLF CR X', '5\r\nhello\r\n0\r\n\rX'],
  ['an empty line before the first size', '\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['a line feed before the first size', '\n5\r\nhello\r\n0\r\n\r\n'],
  ['no size at all', 'hello\r\n0\r\n\r\n'],
  ['no data at all', '\r\n\r\n'],
  ['a trailer without a colon', '0\r\nX\r\n\r\n'],
  ['a trailer with a blank before its colon', '0\r\nX : 1\r\n\r\n'],
  ['a trailer that is folded', '0\r\nX: 1\r\n 2\r\n\r\n'],
  ['a trailer that is folded at once', '0\r\n X: 1\r\n\r\n'],
  ['a trailer with a NUL', '0\r\nX: \0\r\n\r\n'],
  ['a trailer without a name', '0\r\n: 1\r\n\r\n'],
  ['a trailer that ends in a line feed', '0\r\nX: 1\n\r\n'],
  ['a trailer that ends in a carriage return', '0\r\nX: 1\r\r\n'],
  ['a trailer with a control character in its name', '0\r\nX\x01: 1\r\n\r\n'],
  ['a request line in the place of a trailer', '0\r\nGET /notes/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'],
]

/** Bodies that never end. */
const unfinished: readonly (readonly [name: string, body: string])[] = [
  ['data shorter than its size', '6\r\nhello'],
  ['no last chunk', '5\r\nhello\r\n'],
  ['no final CRLF', '5\r\nhello\r\n0\r\n'],
  ['half a final CRLF', '5\r\nhello\r\n0\r\n\r'],
  ['a size of 2^64 − 1', 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
  ['a size of 2^63 − 1', '7fffffffffffffff\r\nhello\r\n0\r\n\r\n'],
  ['a size of 2^63', '8000000000000000\r\nhello\r\n0\r\n\r\n'],
  ['a size of 2^32 + 5', '100000005\r\nhello\r\n0\r\n\r\n'],
  ['half a size', '5\r\nhello\r\n1'],
  ['trailers without an end', '0\r\nX: 1\r\n'],
]

const trailers: readonly string[] = [
  'X: 1',
  'Host: evil.example',
  'Authorization: Bearer x',
  'X-QLP-Tenant-Id: globex',
  'X-Tenant-ID: globex',
  'X-User-ID: root',
  'Connection: close',
  'Upgrade: websocket',
  'Cookie: a=b',
  'X-Forwarded-For: 1.2.3.4',
  'X_QLP_Tenant_Id: globex',
  'Trailer: X',
  'Expect: 100-continue',
]

/** What node's parser reads as another length of the message. */
const framingTrailers: readonly string[] = [
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Content-Length: 0\r\nContent-Length: 1',
]

const kept = '5\r\nhello\r\n0\r\n\r\n'

/** Everything inside a chunked body. */
export const chunkCases: readonly HeadCase[] = [
  ...cases(
    'broken',
    sizes.map(size => [`chunk size ${shown(size)}`, chunked(`${size}\r\nhello\r\n0\r\n\r\n`)]),
  ),
  ...cases(
    'broken',
    sizes.map(size => [
      `second chunk size ${shown(size)}`,
      chunked(`1\r\n!\r\n${size}\r\nhello\r\n0\r\n\r\n`),
    ]),
  ),
  ...cases(
    'broken',
    extensions.map(extension => [
      `chunk extension ${shown(extension).slice(0, 40)}`,
      chunked(`5${extension}\r\nhello\r\n0\r\n\r\n`),
    ]),
  ),
  ...cases(
    'broken',
    framingTrailers.map(trailer => [
      `trailer ${shown(trailer)}`,
      chunked(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`),
    ]),
  ).map(each => ({ ...each, alone: true as const })),
  ...cases(
    forwarded('POST', 'hello'),
    ignored.map(extension => [
      `chunk extension ${shown(extension).slice(0, 40)}`,
      chunked(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`),
    ]),
  ),
  ...cases(
    'broken',
    bodies.map(([name, body]) => [name, chunked(body)]),
  ),
  ...cases(
    'broken',
    unfinished.map(([name, body]) => [name, chunked(body)]),
  ).map(each => ({ ...each, endless: true as const })),
  ...cases(
    forwarded('POST', 'hello'),
    trailers.map(trailer => [`trailer ${shown(trailer)}`, chunked(`5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`)]),
  ),
  ...cases(forwarded('POST', 'hello'), [
    ['a size with a zero in front', chunked('05\r\nhello\r\n0\r\n\r\n')],
    ['a last chunk of many zeroes', chunked('5\r\nhello\r\n0000\r\n\r\n')],
    ['chunks of one byte', chunked('1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n')],
    ['Trailer announces a field', chunked(kept, 'Trailer: Host\r\n')],
  ]),
  ...cases(forwarded('POST', 'hello world'), [
    ['a size in capitals and small letters', chunked('B\r\nhello world\r\n0\r\n\r\n')],
  ]),
  ...cases(forwarded('POST', ''), [['only the last chunk', chunked('0\r\n\r\n')]]),
]
