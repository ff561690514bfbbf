import { once } from 'node:events'
import type { Test } from 'tap'
import t from 'tap'
import { WebSocket } from 'ws'
import { startDemoUpstream } from '../../src/demo/upstream.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Endable, OpenStream } from '../../src/proxy/open-streams.ts'
import { deny } from '../../src/proxy/verdict.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecarBack } from '../support/sidecar-back.ts'

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ask =
  'GET /socket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
const close1008 = '\x88\x02\x03\xf0'
const close1001 = '\x88\x02\x03\xe9'
const removed = deny('CROSS_TENANT', 'The membership was removed.')

/** A sidecar back, and the way to withdraw the one exchange that is open. */
async function start(t: Test, origin: string, clock = createManualClock(0)) {
  const open = new Set<Endable>()
  const back = await startSidecarBack(t, {
    origin,
    clock,
    streams: {
      add: (_, endable) => {
        open.add(endable)
        return endable as unknown as OpenStream
      },
      remove: stream => void open.delete(stream as unknown as Endable),
    },
  })
  const withdraw = (why: Parameters<Endable['withdraw']>[0] = removed) => [...open][0]!.withdraw(why)
  return { back, open, withdraw, clock }
}

async function startWithService(t: Test) {
  const service = await startRawService(t)
  const started = await start(t, service.origin)
  const client = await started.back.connect()
  return { ...started, service, client }
}

t.test('an answer that has begun is cut on both sides, and cannot pass for a whole one', async t => {
  for (const framing of ['Content-Length: 99', 'Transfer-Encoding: chunked']) {
    const { back, open, withdraw, service, client } = await startWithService(t)
    client.write(get)
    const peer = await service.connection(0)
    await peer.until('\r\n\r\n')
    const event = framing.startsWith('T') ? '9\r\ndata: 1\n\n\r\n' : 'data: 1\n\n'
    peer.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${event}`)
    await client.until('data: 1\n\n')
    withdraw()
    const received = await client.closed
    t.notMatch(received, /\r\n0\r\n\r\n$/)
    t.notMatch(received, 'CROSS_TENANT')
    await peer.closed
    const { outcome, ended } = await back.recorded(0)
    t.match(outcome, { aborted: 'revoked', status: 200, bytesOut: 9 })
    t.match(ended, { refusal: { code: 'CROSS_TENANT' } })
    t.equal(open.size, 0)
  }
})

t.test('one that was not begun is answered with the refusal, and the connection goes on', async t => {
  const { back, withdraw, service, client } = await startWithService(t)
  client.write(get)
  const waiting = await service.connection(0)
  await waiting.until('\r\n\r\n')
  withdraw()
  t.match(await client.until('CROSS_TENANT'), /^HTTP\/1\.1 403 /)
  await waiting.closed
  t.match((await back.recorded(0)).outcome, { aborted: 'revoked', status: 403, upstreamStatus: 0 })
  client.write(get)
  const next = await service.connection(1)
  await next.until('\r\n\r\n')
  next.write(ok)
  t.match(await client.until('\r\n\r\nok'), /HTTP\/1\.1 200 /)
})

t.test('one that nobody can tell of is answered 503, with a time to try again', async t => {
  const { withdraw, service, client } = await startWithService(t)
  client.write(get)
  await (await service.connection(0)).until('\r\n\r\n')
  withdraw(new Fault('DIRECTORY_UNAVAILABLE', 'ask the control plane'))
  t.match(await client.until('DIRECTORY_UNAVAILABLE'), /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1/)
})

t.test('an upload is refused in the middle, and its half never ends at the service', async t => {
  const { back, withdraw, service, client } = await startWithService(t)
  client.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
  const peer = await service.connection(0)
  await peer.until('first')
  withdraw()
  t.match(await client.until('CROSS_TENANT'), /^HTTP\/1\.1 403 [\s\S]*Connection: close/)
  t.notMatch(await peer.closed, '\r\n0\r\n\r\n')
  t.match((await back.recorded(0)).outcome, { aborted: 'revoked', bytesIn: 5 })
})

t.test('what is over is not watched any more, however it ended', async t => {
  const { back, open, service, client } = await startWithService(t)
  client.write(get)
  const first = await service.connection(0)
  await first.until('\r\n\r\n')
  t.equal(open.size, 1)
  first.write(ok)
  await client.until('ok')
  await back.recorded(0)
  t.equal(open.size, 0)
  client.write(get)
  first.socket.once('data', () => first.socket.destroy())
  await (await service.connection(1)).until('\r\n\r\n')
  client.socket.destroy()
  t.equal((await back.recorded(1)).outcome.aborted, 'client')
  t.equal(open.size, 0)
})

async function startTunnel(t: Test, sent = '') {
  const started = await startWithService(t)
  started.client.write(ask)
  const peer = await started.service.connection(0)
  await peer.until('\r\n\r\n')
  peer.write(switching + sent)
  await started.client.until(`\r\n\r\n${sent}`)
  return { ...started, peer }
}

/** What the client got after the head of the 101. */
function frames(received: string): string {
  return received.slice(received.indexOf('\r\n\r\n') + 4)
}

t.test('a WebSocket client is told 1008, and both sides are closed', async t => {
  const service = await startDemoUpstream({ host: '127.0.0.1', port: 0, clock: systemClock })
  t.teardown(() => service.close())
  const { back, open, withdraw } = await start(t, service.url)
  const socket = new WebSocket(`ws://127.0.0.1:${back.port}/socket`)
  await once(socket, 'open')
  socket.send('hello')
  await once(socket, 'message')
  withdraw()
  t.equal((await once(socket, 'close'))[0], 1008)
  const { outcome, ended } = await back.recorded(0)
  t.match(outcome, { status: 101, aborted: 'revoked' })
  t.match(ended, { refusal: { code: 'CROSS_TENANT' } })
  t.equal(open.size, 0)
})

t.test('between two frames the close frame goes out at once, and nothing after it', async t => {
  const { withdraw, client, peer, back, clock } = await startTunnel(t, '\x81\x02hi')
  withdraw()
  peer.write('\x81\x04late')
  t.equal(frames(await client.until(close1008)), `\x81\x02hi${close1008}`)
  await peer.closed
  client.socket.end()
  t.equal(frames(await client.closed), `\x81\x02hi${close1008}`)
  await back.recorded(0)
  t.equal(clock.timerCount(), 0)
})

t.test('a frame that is half sent is sent to its end before, in whatever pieces it comes', async t => {
  const { withdraw, client, peer, back } = await startTunnel(t, '\x81\x02hi\x81\x0a01234')
  client.write('in')
  await peer.until('in')
  withdraw()
  client.write('late-in')
  for (const piece of ['5', '67', '89\x81\x04late']) {
    peer.write(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(frames(await client.until(close1008)), `\x81\x02hi\x81\x0a0123456789${close1008}`)
  t.notMatch(await peer.closed, 'late-in')
  client.socket.end()
  await client.closed
  t.match((await back.recorded(0)).outcome, { aborted: 'revoked', bytesIn: 2 })
})

t.test('a frame that is never finished is cut after half a second, without a close frame', async t => {
  const { withdraw, client, peer, back, clock } = await startTunnel(t, '\x81\x0a01234')
  withdraw()
  withdraw()
  clock.advance(499)
  t.notOk(client.socket.readableEnded)
  clock.advance(1)
  t.equal(frames(await client.closed), '\x81\x0a01234')
  await peer.closed
  t.equal((await back.recorded(0)).outcome.aborted, 'revoked')
  t.equal(clock.timerCount(), 0)
})

t.test('a client that does not close after the close frame is cut after half a second', async t => {
  const { withdraw, client, back, clock } = await startTunnel(t)
  client.socket.allowHalfOpen = true
  withdraw()
  await client.until(close1008)
  await once(client.socket, 'end')
  clock.advance(500)
  t.equal((await back.recorded(0)).outcome.aborted, 'revoked')
  t.equal(clock.timerCount(), 0)
})

t.test('where the service has said goodbye already, nothing is added', async t => {
  const { withdraw, client, peer } = await startTunnel(t, '\x88\x02\x03\xe8')
  withdraw()
  client.socket.end()
  t.equal(frames(await client.closed), '\x88\x02\x03\xe8')
  await peer.closed
})

t.test('before the service has agreed to a WebSocket, the connection is cut', async t => {
  const { back, withdraw, service, client } = await startWithService(t)
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  withdraw()
  t.equal(await client.closed, '')
  await peer.closed
  t.match(await back.recorded(0), {
    outcome: { status: 0, aborted: 'revoked' },
    ended: { refusal: { code: 'CROSS_TENANT' } },
  })
})

t.test('a plain answer to an upgrade is cut as any other', async t => {
  const { back, withdraw, service, client } = await startWithService(t)
  client.write(ask)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  peer.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nhalf')
  await client.until('half')
  withdraw()
  t.match(await client.closed, /\r\n\r\nhalf$/)
  await peer.closed
  t.equal((await back.recorded(0)).outcome.aborted, 'revoked')
})

t.test('a WebSocket that a drain has to cut is told 1001, half a frame or not', async t => {
  const { back, client, peer } = await startTunnel(t, '\x81\x0a01234')
  const stopped = back.stop()
  peer.write('56789')
  t.equal(frames(await client.until(close1001)), `\x81\x0a0123456789${close1001}`)
  client.socket.end()
  await stopped
  t.match(await back.recorded(0), { outcome: { status: 101, aborted: 'drain' }, ended: null })
})
