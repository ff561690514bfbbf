import t from 'tap'
import { RequestWatch } from '../../src/http1/request-watch.ts'

const lineBytesMax = 8192

/** What a watch says of a whole stream of bytes, cut at every so many. */
function watched(text: string, size: number) {
  const bytes = Buffer.from(text, 'latin1')
  const watch = new RequestWatch(lineBytesMax)
  for (let at = 0; at < bytes.length; at += size) watch.take(bytes.subarray(at, at + size))
  const { flaw, heads } = watch
  return { rule: flaw?.refused.rule ?? null, message: flaw?.message ?? null, heads }
}

const sizes = [1, 2, 3, 7, 4096]
const get = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'
const chunked = 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

t.test('counts the heads of honest requests, in whatever pieces they come', async t => {
  const honest: readonly (readonly [text: string, heads: number])[] = [
    [get, 1],
    [get + get + get, 3],
    [`\r\n${get}\r\n${get}`, 2],
    ['GET /a HTTP/1.0\r\n\r\n', 1],
    ['GET /a\r\n\r\n', 1],
    [`POST /a HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\nhello${get}`, 2],
    [`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length:\t0\t\r\n\r\n${get}`, 2],
    [`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 28\r\n\r\n${get}${get}`, 2],
    [`${chunked}5\r\nhello\r\n0\r\n\r\n${get}`, 2],
    [`${chunked}5;a=b\r\nhello\r\n1C\r\n${get}\r\n00\r\nA: 1\r\nB: 2\r\n\r\n${get}`, 2],
    [`${chunked.replace('POST', 'PUT').replace('Tr', 'tR')}0000000000000005\r\nhello\r\n0\r\n\r\n`, 1],
  ]
  for (const [text, heads] of honest)
    for (const size of sizes) t.same(watched(text, size), { rule: null, message: null, heads }, text)
})

t.test('finds what node forgives, in the request it belongs to', async t => {
  const flawed: readonly (readonly [text: string, rule: string])[] = [
    ['GET  /a HTTP/1.1\r\nHost: a\r\n\r\n', 'http-request-line'],
    ['GET /a  HTTP/1.1\r\nHost: a\r\n\r\n', 'http-request-line'],
    ['GET /a HTTP/1.1 \r\nHost: a\r\n\r\n', 'http-request-line'],
    [' GET /a HTTP/1.1\r\nHost: a\r\n\r\n', 'http-request-line'],
    ['GET\r\n\r\n', 'http-request-line'],
    ['GET /a RTSP/1.0\r\nHost: a\r\n\r\n', 'http-protocol'],
    ['SOURCE /a ICE/1.0\r\nHost: a\r\n\r\n', 'http-protocol'],
    ['GET /a http/1.1\r\nHost: a\r\n\r\n', 'http-protocol'],
    [`\r\n\r\n${get}`, 'http-empty-lines'],
    [`\n${get}`, 'http-empty-lines'],
    [`\r${get}`, 'http-line-end'],
    ['GET /a HTTP/1.1\nHost: a\r\n\r\n', 'http-line-end'],
    ['GET /a HTTP/1.1\r\nHost: a\n\r\n', 'http-line-end'],
    [`${chunked}00000000000000005\r\nhello\r\n0\r\n\r\n`, 'http-chunk-size'],
    [`${chunked}ffffffffffffffff\r\n`, 'http-chunk-size'],
    [`${chunked}+5\r\nhello\r\n0\r\n\r\n`, 'http-chunk-size'],
    [`${chunked}0x5\r\nhello\r\n0\r\n\r\n`, 'http-chunk-size'],
    [`${chunked}5 \r\nhello\r\n0\r\n\r\n`, 'http-chunk-size'],
    [`${chunked}\r\n`, 'http-chunk-size'],
    [`${chunked}5\nhello\r\n0\r\n\r\n`, 'http-line-end'],
  ]
  for (const [text, rule] of flawed)
    for (const size of sizes) {
      t.match(watched(text, size), { rule, message: 1, heads: null }, JSON.stringify(text))
      t.match(watched(get + text, size), { rule, message: 2 }, `behind another: ${JSON.stringify(text)}`)
    }
})

t.test('reads no further where receive refuses the message for two ends, or node for none', async t => {
  for (const fields of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'Content-Length: 5\r\nContent-Length: 5\r\n',
    'Content-Length: 5, 5\r\n',
    'Content-Length: -5\r\n',
    'Content-Length: 9007199254740993\r\n',
  ])
    for (const size of sizes) {
      const text = `POST /a HTTP/1.1\r\nHost: a\r\n${fields}\r\nGET  /b HTTP/1.1\r\n\r\n`
      t.same(watched(text, size), { rule: null, message: null, heads: null }, fields)
    }
})

t.test('keeps no line that is longer than a head may be, and says so', async t => {
  const text = `GET /${'a'.repeat(lineBytesMax)} HTTP/1.1\r\nHost: a\r\n\r\n`
  t.match(watched(text, 100), { rule: 'headers-size', message: 1, heads: null })
  const blanks = `GET / HTTP/1.1\r\nHost: a\r\nX:${' '.repeat(lineBytesMax)}`
  t.match(watched(get + blanks, 100), { rule: 'headers-size', message: 2 })
})

t.test('takes 16 KiB of chunk extensions in one body, however many chunks they are spread over', async t => {
  const flawAfter = (chunks: number) => {
    const watch = new RequestWatch(1000)
    watch.take(Buffer.from(chunked + `1;${'x'.repeat(127)}\r\n!\r\n`.repeat(chunks)))
    return watch.flaw?.refused.rule
  }
  t.equal(flawAfter(128), undefined)
  t.equal(flawAfter(129), 'http-extensions-size')
})
