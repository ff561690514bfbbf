import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Socket } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { startDemoUpstream } from '../../src/demo/upstream.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { RawPeer } from '../support/raw-peer.ts'
import { closedPort, startRawService } from '../support/raw-peer.ts'
import { startSidecarBack } from '../support/sidecar-back.ts'

const ask =
  'GET /socket?room=%41 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nsec-websocket-protocol: a\r\n' +
  'Sec-WebSocket-Protocol: b\r\nX-QLP-Tenant-Id: t-2\r\n\r\n'
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
const proof = ['X-QLP-Tenant-Id', 't-1']

t.test('a WebSocket client and a WebSocket service talk through it', async t => {
  const service = await startDemoUpstream({ host: '127.0.0.1', port: 0, clock: systemClock })
  t.teardown(() => service.close())
  const back = await startSidecarBack(t, { origin: service.url, proof })
  const socket = new WebSocket(`ws://127.0.0.1:${back.port}/socket`)
  await once(socket, 'open')
  for (const message of [Buffer.from('hello'), randomBytes(300_000)]) {
    socket.send(message)
    const [echoed] = await once(socket, 'message')
    t.ok(message.equals(echoed as Buffer))
  }
  socket.close(1000)
  await once(socket, 'close')
  const { outcome, ended } = await back.recorded(0)
  t.match(outcome, { status: 101, upstreamStatus: 101, aborted: null })
  t.ok(outcome.bytesIn > 300_000 && outcome.bytesOut > 300_000)
  t.equal(ended, null)
})

t.test(
  'the service is asked with exactly the decided fields, and the two that ask for the upgrade',
  async t => {
    const service = await startRawService(t)
    const back = await startSidecarBack(t, { origin: service.origin, proof })
    const client = await back.connect()
    client.write(ask)
    const head = (await (await service.connection(0)).until('\r\n\r\n')).split('\r\n').slice(0, -2)
    t.equal(head[0], 'GET /socket?room=%41 HTTP/1.1')
    const lines = head.slice(1).map(line => line.replace(/^(traceparent|X-Forwarded-[A-Za-z]+): .*/, '$1'))
    t.same(lines.sort(), [
      'Connection: Upgrade',
      `Host: 127.0.0.1:${service.port}`,
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Upgrade: websocket',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-QLP-Tenant-Id: t-1',
      'X-Request-ID: request-1',
      'sec-websocket-protocol: a',
      'sec-websocket-protocol: b',
      'traceparent',
    ])
  },
)

t.test('the 101 passes without fields of the prefix, and bytes that came early are not lost', async t => {
  const service = await startRawService(t)
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  t.notMatch(peer.text(), 'early-in')
  client.write('early-in')
  peer.write(`${switching}X-QLP-Usage: 1\r\nX-Kept: \xe9\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nearly-out`)
  await peer.until('early-in')
  const received = await client.until('early-out')
  t.match(received, /^HTTP\/1\.1 101 Switching Protocols\r\n/)
  t.match(received, 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  t.match(received, 'X-Kept: \xe9\r\n')
  t.match(received, 'Set-Cookie: a\r\nSet-Cookie: b\r\n')
  t.match(received, 'Connection: Upgrade\r\nUpgrade: websocket\r\n')
  t.match(received, 'X-Request-ID: request-1')
  t.notMatch(received, 'X-QLP')
})

t.test('both sides are asked by TCP, now and then, whether they are still there', async t => {
  const asked = t.capture(Socket.prototype, 'setKeepAlive', Socket.prototype.setKeepAlive)
  await openTunnel(t)
  t.equal(asked().filter(({ args: [enable, delayMs] }) => enable && delayMs === 30_000).length, 2)
})

t.test('any other answer is a plain response: no tunnel, and what follows reaches nobody', async t => {
  for (const status of ['200 OK', '426 Upgrade Required', '403 Forbidden']) {
    const service = await startRawService(t, async peer => {
      await peer.until('\r\n\r\n')
      peer.write(`HTTP/1.1 ${status}\r\nConnection: keep-alive\r\nX-QLP-A: 1\r\nContent-Length: 2\r\n\r\nno`)
    })
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    client.write(ask)
    const received = await client.until('\r\n\r\nno')
    client.write('GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n')
    t.match(received, `HTTP/1.1 ${status}\r\n`)
    t.match(received, /connection: close/i)
    t.notMatch(received, 'X-QLP')
    t.equal((await client.closed).match(/HTTP\/1\.1/g)?.length, 1)
    t.notMatch(await (await service.connection(0)).closed, 'smuggled')
    t.equal(service.count(), 1)
    const { outcome, ended } = await back.recorded(0)
    t.match(outcome, {
      status: Number(status.slice(0, 3)),
      upstreamStatus: Number(status.slice(0, 3)),
      bytesOut: 2,
    })
    t.equal(ended, null)
  }
})

t.test('a long plain answer keeps the pace of its reader', async t => {
  const total = 32 * 1024 * 1024
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    peer.socket.write(Buffer.alloc(total))
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.socket.pause()
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  await settled(() => peer.socket.writableLength)
  t.ok(peer.socket.writableLength > total / 2)
  let bytes = 0
  client.socket.removeAllListeners('data').on('data', chunk => {
    bytes += chunk.length
  })
  client.socket.resume()
  await client.closed
  t.ok(bytes > total)
})

t.test('a tunnel keeps the pace of its slower side', async t => {
  const total = 32 * 1024 * 1024
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`${switching}\r\n`)
    peer.socket.write(Buffer.alloc(total))
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.socket.pause()
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  await settled(() => peer.socket.writableLength)
  t.ok(peer.socket.writableLength > total / 2)
})

t.test('what is not a switch to WebSocket is UPSTREAM_BROKEN, and no tunnel', async t => {
  for (const answer of [
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'not HTTP\r\n\r\n',
    `HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    '',
  ]) {
    const service = await startRawService(t, async peer => {
      await peer.until('\r\n\r\n')
      peer.socket.write(answer, () => answer === '' && peer.socket.destroy())
    })
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    client.write(ask)
    t.match(await client.until('UPSTREAM_BROKEN'), /^HTTP\/1\.1 502 /)
    await client.closed
    await (await service.connection(0)).closed
    t.match((await back.recorded(0)).ended, { code: 'UPSTREAM_BROKEN' })
  }
})

t.test('nobody listens: UPSTREAM_UNREACHABLE, told to the client', async t => {
  const back = await startSidecarBack(t, { origin: `http://127.0.0.1:${await closedPort()}` })
  const client = await back.connect()
  client.write(ask)
  t.match(await client.until('UPSTREAM_UNREACHABLE'), /^HTTP\/1\.1 503 /)
  await client.closed
})

t.test('a handshake without an end is UPSTREAM_SLOW', async t => {
  const clock = createManualClock(0)
  const service = await startRawService(t)
  const back = await startSidecarBack(t, { origin: service.origin, clock, handshakeTimeoutMs: 1000 })
  const client = await back.connect()
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  clock.advance(1000)
  t.match(await client.until('UPSTREAM_SLOW'), /^HTTP\/1\.1 504 /)
  await peer.closed
  t.equal(clock.timerCount(), 0)
})

t.test('a plain answer that stops half-way is cut, by time or by the service', async t => {
  for (const how of ['time', 'service'] as const) {
    const clock = createManualClock(0)
    const service = await startRawService(t, async peer => {
      await peer.until('\r\n\r\n')
      peer.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nhalf')
    })
    const rule = { timeouts: { headersMs: 0, idleMs: 500 } }
    const back = await startSidecarBack(t, { origin: service.origin, clock, rule })
    const client = await back.connect()
    client.write(ask)
    await client.until('half')
    if (how === 'time') clock.advance(500)
    else (await service.connection(0)).socket.destroy()
    await client.closed
    await (await service.connection(0)).closed
    const { outcome, ended } = await back.recorded(0)
    t.match(ended, { code: how === 'time' ? 'UPSTREAM_SLOW' : 'UPSTREAM_BROKEN' })
    t.equal(outcome.aborted, 'upstream')
    t.equal(clock.timerCount(), 0)
  }
})

t.test('when one side ends, the other does, and the exchange is recorded', async t => {
  for (const [side, how] of [
    ['client', 'end'],
    ['client', 'resetAndDestroy'],
    ['service', 'end'],
    ['service', 'resetAndDestroy'],
  ] as const) {
    const { client, peer, back } = await openTunnel(t)
    const [ending, other] = side === 'client' ? [client, peer] : [peer, client]
    ending.socket[how]()
    await other.closed
    const { outcome, ended } = await back.recorded(0)
    t.match(outcome, { status: 101, bytesIn: 2, bytesOut: 3 }, `${side} ${how}`)
    t.match(ended, side === 'service' && how === 'resetAndDestroy' ? { code: 'UPSTREAM_BROKEN' } : null)
  }
})

t.test('a side that never closes is cut after a while', async t => {
  const clock = createManualClock(0)
  const { client, peer, back } = await openTunnel(t, clock)
  client.socket.allowHalfOpen = true
  peer.socket.end()
  await once(client.socket, 'end')
  clock.advance(1000)
  t.equal((await back.recorded(0)).outcome.status, 101)
  t.equal(clock.timerCount(), 0)
})

t.test('a client that leaves during the handshake takes the request with it', async t => {
  const service = await startRawService(t)
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  client.socket.resetAndDestroy()
  await peer.closed
  const { outcome, ended } = await back.recorded(0)
  t.match(outcome, { status: 0, aborted: 'client' })
  t.equal(ended, null)
})

async function openTunnel(t: Parameters<typeof startSidecarBack>[0], clock = createManualClock(0)) {
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`${switching}\r\nout`)
  })
  const back = await startSidecarBack(t, { origin: service.origin, clock })
  const client: RawPeer = await back.connect()
  client.write(ask)
  await client.until('\r\n\r\nout')
  client.write('in')
  const peer = await service.connection(0)
  await peer.until('\r\n\r\nin')
  return { client, peer, back }
}

/** Waits until a number has stopped changing over many turns of the event loop. */
async function settled(read: () => number): Promise<void> {
  let last = -1
  for (let same = 0; same < 50; ) {
    const now = read()
    same = now === last ? same + 1 : 0
    last = now
    await new Promise(resolve => setImmediate(resolve))
  }
}
