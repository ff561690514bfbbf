import { once } from 'node:events'
import t from 'tap'
import { Handshake } from '../../src/upstream/handshake.ts'
import type { TunnelEnd } from '../../src/upstream/port.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { connectRaw, startRawService } from '../support/raw-peer.ts'

t.test('a client that is gone before it begins is asked for nothing', async t => {
  const { client, end, start, service, clock } = await handshake(t)
  client.socket.destroy()
  await once(client.socket, 'close')
  start('/socket')
  t.same(await end, { status: 0, bytesIn: 0, bytesOut: 0, fault: null })
  t.equal(service.count(), 1, 'only the client itself')
  t.equal(clock.timerCount(), 0)
})

t.test('a target or field that cannot be sent is our fault, and the client stays to be told', async t => {
  for (const [target, value] of [
    ['/a b', 'x'],
    ['/a\r\nX: y', 'x'],
    ['a', 'x'],
    ['/a', 'x\r\ny: z'],
  ] as const) {
    const { client, end, start, service, clock } = await handshake(t)
    start(target, value)
    t.match(await end, { status: 0, fault: { code: 'INTERNAL' } })
    t.notOk(client.socket.destroyed)
    t.equal(service.count(), 1)
    t.equal(clock.timerCount(), 0)
  }
})

async function handshake(t: Parameters<typeof startRawService>[0]) {
  const clock = createManualClock(0)
  const service = await startRawService(t)
  const client = await connectRaw(t, service.port)
  const ended = Promise.withResolvers<TunnelEnd>()
  const options = {
    origin: service.origin,
    connectTimeoutMs: 2000,
    handshakeTimeoutMs: 1000,
    closeTimeoutMs: 1000,
    headBytesMax: 16_384,
    clock,
  }
  const one = new Handshake(options, client.socket, Buffer.alloc(0), ended.resolve)
  const none = () => {}
  const start = (target: string, value = 'x') =>
    one.start({
      target,
      headers: ['X-A', value],
      idleTimeoutMs: 0,
      switchingFields: fields => fields,
      plain: { onHead: none, onChunk: () => true, onDrain: none, onEnd: none },
    })
  return { client, end: ended.promise, start, service, clock }
}
