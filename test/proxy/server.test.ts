import { connect } from 'node:net'
import t from 'tap'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { startFront, statuses } from '../support/front.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('hands over exactly what came over the wire', async t => {
  const clock = createManualClock(1_700_000_000_000)
  const front = await startFront(t, { clock })
  const client = await front.connect()
  client.send('POST /a?b=%41 HTTP/1.1\r\nhOST: a\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi')
  await client.until(/POST/)
  const { arrival, tunnel } = front.recorded[0]!.exchange
  t.match(arrival, {
    method: 'POST',
    target: '/a?b=%41',
    httpVersion: '1.1',
    atMs: 1_700_000_000_000,
    startedMs: 0,
  })
  t.same(arrival.headers, ['hOST', 'a', 'X-A', '1', 'x-a', '2', 'Content-Length', '2'])
  t.match(arrival.peer, { address: '127.0.0.1', encrypted: false })
  t.not(arrival.body, null)
  t.equal(tunnel, null)
})

t.test('hands over a body only where the head announces one', async t => {
  const seen: Exchange[] = []
  const front = await startFront(t, {
    forward: async exchange => {
      seen.push(exchange)
      exchange.reply.begin(200, ['Content-Length', '0'])
      exchange.reply.end([])
    },
  })
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
  client.send(
    'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
  )
  t.same(statuses(await client.closed()), [200, 200, 200])
  t.same(
    seen.map(({ arrival }) => arrival.body !== null),
    [false, false, true],
  )
})

t.test('rejects when its port is taken', async t => {
  const front = await startFront(t)
  await t.rejects(startFront(t, { port: front.server.address().port }), { code: 'EADDRINUSE' })
})

t.test('survives clients that reset at any point of a request', async t => {
  const front = await startFront(t)
  const bytes = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
  const { port } = front.server.address()
  await Promise.all(
    Array.from({ length: bytes.length }, async (_, length) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.on('error', () => {})
      await new Promise(resolve => socket.once('connect', resolve))
      await new Promise(resolve => socket.write(bytes.slice(0, length + 1), resolve))
      socket.resetAndDestroy()
      await new Promise(resolve => socket.once('close', resolve))
    }),
  )
  const client = await front.connect()
  client.send('GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  t.same(statuses(await client.closed()), [200])
  t.same(front.broken, [])
})

t.test('leaves no timer of its own behind when it has closed', async t => {
  const clock = createManualClock(0)
  const front = await startFront(t, { clock })
  await front.server.close()
  clock.advance(1_000_000)
  t.equal(clock.timerCount(), 0)
})
