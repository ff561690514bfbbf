import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { ClientSide } from '../../src/proxy/client-side.ts'
import { Connection } from '../../src/proxy/connection.ts'
import { arrived } from '../support/arrival.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { routeRule } from '../support/route-rule.ts'

const bounds = {
  headerBytesMax: 8192,
  headTimeoutMs: 10,
  keepAliveMs: 20,
  pipelinedMax: 2,
  lingerMs: 100,
  lingerBytesMax: 10,
  bodyPace: { idleMs: 1000, bytesPerSecondMin: 0 },
}

class FakeSocket extends EventEmitter {
  remoteAddress = '10.0.0.1'
  remotePort = 5
  bytesRead = 0
  writableEnded = false
  readonly done: string[] = []
  destroySoon() {
    this.done.push('destroySoon')
  }
  destroy() {
    this.done.push('destroy')
  }
}

function parts() {
  const clock = createManualClock(0)
  const socket = new FakeSocket()
  const life = { draining: false, closing: false }
  const connection = new Connection(socket as unknown as Socket, clock, bounds, life)
  const open = (body = false) => {
    const response = {} as ServerResponse
    const request = { complete: !body, readableLength: 0, readableHighWaterMark: 10 } as IncomingMessage
    const client = new ClientSide()
    const exchange = arrived(body ? { body: new PassThrough() } : {})
    connection.add({ exchange, request, response, client })
    return { response, request, client, exchange }
  }
  return { clock, socket, life, connection, open }
}

t.test('takes so many requests before the first is answered, and no more', async t => {
  const { connection, open } = parts()
  const first = open()
  t.equal(connection.takesMore, true)
  open()
  t.equal(connection.takesMore, false)
  connection.settle(first.response)
  t.equal(connection.takesMore, true)
})

t.test('says close with the last answer only, and closes after it', async t => {
  const { connection, socket, open } = parts()
  const [first, last] = [open(), open()]
  t.equal(connection.closesAfter(last.response), false)
  connection.takeNoMore()
  t.equal(connection.closesAfter(first.response), false)
  t.equal(connection.closesAfter(last.response), true)
  connection.settle(first.response)
  t.same(socket.done, [])
  connection.settle(last.response)
  t.same(socket.done, ['destroySoon'])
})

t.test('says close while the server drains, and closes by itself only once it accepts no more', async t => {
  const { connection, socket, life, open } = parts()
  life.draining = true
  const begunBefore = open()
  t.equal(connection.closesAfter(begunBefore.response), true)
  connection.settle(begunBefore.response)
  t.same(socket.done, [], 'its head had promised to keep the connection')
  life.closing = true
  connection.settle(open().response)
  t.same(socket.done, ['destroySoon'])
})

t.test('tells every open client when the socket closes', async t => {
  const { connection, open } = parts()
  const [first, last] = [open(), open()]
  connection.leave()
  t.same([first.client.gone, last.client.gone], [true, true])
  t.equal(connection.takesMore, false)
})

t.test('marks what a drain cuts', async t => {
  const { connection, socket, open } = parts()
  const cut = open()
  const left = open()
  left.exchange.outcome.aborted = 'client'
  connection.cut()
  t.equal(cut.exchange.outcome.aborted, 'drain')
  t.equal(left.exchange.outcome.aborted, 'client')
  t.same(socket.done, ['destroy'])
})

t.test('lingers until the body ends, or is too long, or takes too long', async t => {
  for (const end of [
    (body: PassThrough) => void body.end(),
    (body: PassThrough) => void body.write('more than ten bytes'),
    (body: PassThrough) => void body.destroy(),
    null,
  ]) {
    const { clock, connection } = parts()
    const body = new PassThrough()
    const over = Promise.withResolvers<void>()
    let times = 0
    connection.linger(body as unknown as IncomingMessage, () => {
      times += 1
      over.resolve()
    })
    body.write('short')
    if (end === null) clock.advance(100)
    else end(body)
    await over.promise
    clock.advance(1000)
    t.equal(times, 1)
    t.equal(clock.timerCount(), 0)
  }
})

t.test('calls a body stalled when the client stops, not when we do', async t => {
  const { clock, connection, socket, open } = parts()
  t.equal(connection.isStalled(), false, 'nothing is open')
  const { request } = open(true)
  clock.advance(999)
  t.equal(connection.isStalled(), false)
  clock.advance(1)
  t.equal(connection.isStalled(), true)
  socket.bytesRead = 5
  t.equal(connection.isStalled(), false, 'it moved')
  clock.advance(1000)
  Object.assign(request, { readableLength: 10 })
  t.equal(connection.isStalled(), false, 'nobody reads what it sent')
  Object.assign(request, { readableLength: 0 })
  clock.advance(1000)
  t.equal(connection.isStalled(), true)
  Object.assign(request, { complete: true })
  t.equal(connection.isStalled(), false)
})

t.test('closes what was never used', async t => {
  const { connection, socket } = parts()
  connection.closeIfUnused()
  t.same(socket.done, ['destroy'])
  const used = parts()
  used.socket.bytesRead = 1
  used.connection.closeIfUnused()
  t.same(used.socket.done, [])
})

t.test('is idle too long once no request came of it for as long as both its deadlines', async t => {
  const { clock, connection, open } = parts()
  clock.advance(30)
  t.equal(connection.isIdleTooLong(), false)
  clock.advance(1)
  t.equal(connection.isIdleTooLong(), true, 'also where none ever came')
  const { response } = open()
  clock.advance(1000)
  t.equal(connection.isIdleTooLong(), false)
  connection.settle(response)
  clock.advance(30)
  t.equal(connection.isIdleTooLong(), false)
  clock.advance(1)
  t.equal(connection.isIdleTooLong(), true)
})

t.test('measures a body by the pace of its route', async t => {
  for (const [idleMs, bytesPerSecondMin, bytes, stalled] of [
    [1000, 100, 99, true],
    [1000, 100, 100, false],
    [2000, 100, 0, false],
    [1000, 0, 0, true],
    [1000, 0, 1, false],
    [0, 100, 0, false],
  ] as const) {
    const { clock, socket, connection, open } = parts()
    socket.bytesRead = 1_000_000
    const rule = routeRule('GET', '/', { bodyPace: { idleMs, bytesPerSecondMin } })
    open(true).exchange.route = { rule, index: 0, parameters: [], parameterNames: [] }
    socket.bytesRead += bytes
    clock.advance(1000)
    t.equal(connection.isStalled(), stalled, `${bytes} bytes in 1000 of ${idleMs} ms at ${bytesPerSecondMin}`)
  }
})
