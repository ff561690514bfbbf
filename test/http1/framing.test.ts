import t from 'tap'
import { foldNames } from '../../src/http1/field-name.ts'
import { readFraming } from '../../src/http1/framing.ts'

const bounds = { headerCountMax: 10, headerBytesMax: 500 }

function read(fields: string[], httpVersion = '1.1') {
  const headers = ['Host', 'a', ...fields]
  return readFraming(headers, foldNames(headers), httpVersion, bounds)
}

t.test('reads what frames a message', async t => {
  t.same(read([]), {
    host: 'a',
    contentLength: null,
    chunked: false,
    expectsContinue: false,
    authorization: null,
  })
  t.match(read(['content-length', '0012']), { contentLength: 12, chunked: false })
  t.match(read(['Content-Length', '9007199254740991']), { contentLength: Number.MAX_SAFE_INTEGER })
  t.match(read(['Transfer-Encoding', 'CHUNKED']), { contentLength: null, chunked: true })
  t.match(read(['Authorization', 'Bearer x']), { authorization: 'Bearer x' })
})

t.test('hears an expectation only from those who may have one', async t => {
  t.match(read(['Expect', '100-CONTINUE', 'Content-Length', '1']), { expectsContinue: true })
  t.match(read(['Expect', '100-continue', 'Transfer-Encoding', 'chunked']), { expectsContinue: true })
  t.match(read(['Expect', '100-continue']), { expectsContinue: false })
  t.match(read(['Expect', '100-continue', 'Content-Length', '1'], '1.0'), { expectsContinue: false })
  t.match(read(['Expect', '100-continued']), { refused: 'EXPECTATION_UNKNOWN' })
  t.match(read(['Expect', '']), { refused: 'EXPECTATION_UNKNOWN' })
})

t.test('refuses lengths that are not plain digits up to 2^53', async t => {
  for (const length of [
    '',
    '+1',
    '-1',
    '1,1',
    '1 1',
    '0x1',
    '1_0',
    '1e3',
    '1.0',
    '9007199254740992',
    '1'.repeat(17),
    '１',
  ])
    t.match(read(['Content-Length', length]), { refused: 'REQUEST_MALFORMED' }, length)
})

t.test('refuses any coding but one exact chunked', async t => {
  for (const coding of [
    '',
    'gzip',
    'chunked,',
    ',chunked',
    'chunked, chunked',
    'gzip, chunked',
    ' chunked',
    '"chunked"',
  ])
    t.match(read(['Transfer-Encoding', coding]), { refused: 'REQUEST_MALFORMED' }, coding)
  t.match(read(['Transfer-Encoding', 'chunked'], '1.0'), { refused: 'REQUEST_MALFORMED' })
  t.match(read(['Transfer-Encoding', 'chunked', 'Content-Length', '0']), { refused: 'REQUEST_MALFORMED' })
})

t.test('refuses a second field of what may come once, and any odd spelling of it', async t => {
  const once = [
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Content-Type',
    'Expect',
    'Range',
    'Upgrade',
    'Sec-WebSocket-Key',
  ]
  for (const name of once) {
    t.match(read([name, '1', name.toUpperCase(), '1']), { refused: 'REQUEST_MALFORMED' }, name)
    const odd = name.replace('-', '_')
    if (odd !== name) t.match(read([odd, '1']), { refused: 'REQUEST_MALFORMED' }, odd)
  }
  t.match(read(['Authorization', 'a', 'authorization', 'a']), { refused: 'CREDENTIALS_AMBIGUOUS' })
})

t.test('refuses control and non-ASCII characters in values, save in a cookie', async t => {
  for (const value of ['\0', 'a\r', 'a\n', '\x0b', '\x1b', '\x7f', '\x80', '\x85', '\xa0', 'ü', 'ａ'])
    t.match(read(['X', value]), { refused: 'REQUEST_MALFORMED' }, JSON.stringify(value))
  t.match(read(['Cookie', '\x00']), { refused: 'REQUEST_MALFORMED' })
  t.match(read(['Cookie', 'a=\xc3\xbc', 'X', 'a\tb ~']), { host: 'a' })
})

t.test('needs a Host, except in HTTP/1.0', async t => {
  t.match(readFraming([], [], '1.1', bounds), { refused: 'REQUEST_MALFORMED' })
  t.match(readFraming([], [], '1.0', bounds), { host: null })
  t.match(readFraming(['Host', 'a b'], ['host'], '1.0', bounds), { refused: 'REQUEST_MALFORMED' })
})

t.test('bounds the number and the size of fields, and knows two versions', async t => {
  t.match(read(Array.from({ length: 18 }, () => 'x')), { host: 'a' })
  t.match(read(Array.from({ length: 20 }, () => 'x')), { refused: 'HEADERS_TOO_LARGE' })
  t.match(read(['X', 'x'.repeat(486)]), { host: 'a' })
  t.match(read(['X', 'x'.repeat(487)]), { refused: 'HEADERS_TOO_LARGE' })
  for (const version of ['0.9', '1.2', '2.0', '3.0', ''])
    t.match(read([], version), { refused: 'HTTP_VERSION_REFUSED' }, version)
})
