import t from 'tap'
import { startFront } from '../support/front.ts'

const get = 'GET /good HTTP/1.1\r\nHost: a\r\n\r\n'
const chunked = 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

/** What node's parser forgives without a trace in what it hands over. */
const forgiven: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ['two spaces after the method', 'GET  /a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['two spaces after the target', 'GET /a  HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['RTSP', 'GET /a RTSP/1.0\r\nHost: a\r\n\r\n', 505],
  ['RTSP that calls itself 1.1', 'OPTIONS /a RTSP/1.1\r\nHost: a\r\n\r\n', 505],
  ['ICE', 'SOURCE /a ICE/1.0\r\nHost: a\r\n\r\n', 505],
  ['two empty lines', `\r\n\r\n${get}`, 400],
  ['an empty line of one LF', `\n${get}`, 400],
  ['a CR before the method', `\r${get}`, 400],
  ['a chunk size of 17 digits', `${chunked}00000000000000005\r\nhello\r\n0\r\n\r\n`, 400],
]

for (const [name, bytes, status] of forgiven) {
  t.test(`${name}: refused, whole and byte by byte, alone and behind a good request`, async t => {
    for (const before of ['', get])
      for (const size of [bytes.length, 1]) {
        const front = await startFront(t)
        const client = await front.connect()
        client.send(before)
        const sent = bytes + get
        for (let at = 0; at < bytes.length; at += size)
          client.send(sent.slice(at, size === 1 ? at + 1 : undefined))
        t.same(answered(await client.closed()), before === '' ? [status] : [200, status])
        t.equal(
          front.recorded.length,
          before === '' ? 0 : 1,
          'nothing of it was let through, nor what follows',
        )
        t.same(front.broken, [])
      }
  })
}

t.test('one empty line before a request is taken, as RFC 9112 §2.2 asks', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send(`\r\n${get}\r\n${get}`)
  t.same(answered(await client.until(/200[\s\S]*200/)), [200, 200])
})

t.test('two spaces before an upgrade: refused, and no tunnel opens', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send('GET  /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
  t.same(answered(await client.closed()), [400])
})

t.test('empty lines without end are refused at the second, though they never become a request', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send(get)
  await client.until(/GET \/good/)
  client.send('\r\n\r\n')
  t.same(answered(await client.closed()), [200, 400])
  t.same(front.headsRefused, ['REQUEST_MALFORMED'])
})

t.test('blanks without end before a value are refused once they are more than a head may be', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\nX:')
  for (let piece = 0; piece < 5; piece += 1) {
    client.send('\t'.repeat(2000))
    await new Promise(resolve => setImmediate(resolve))
  }
  t.same(answered(await client.closed()), [431])
  t.same(front.headsRefused, ['HEADERS_TOO_LARGE'])
})

/** Statuses in the order they came; a head may follow right behind the body before it. */
function answered(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1]))
}
