import { Readable } from 'node:stream'
import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import type { HttpUpstreamOptions } from '../../src/upstream/http-upstream.ts'
import { createHttpUpstream } from '../../src/upstream/http-upstream.ts'
import type { Upstream, UpstreamReceiver, UpstreamRequest } from '../../src/upstream/port.ts'
import { createManualClock } from '../support/manual-clock.ts'
import type { RawPeer } from '../support/raw-peer.ts'
import { closedPort, startRawService } from '../support/raw-peer.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

t.test('fields go out and come back in their order and spelling, duplicates included', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-COOKIE: b=\xe9\r\nContent-Length: 2\r\n\r\nok')
  })
  const { send } = upstreamTo(t, service.origin)
  const got = await send({ headers: ['X-Twice', '1', 'x-twice', '\xfc'] })
  t.match((await service.connection(0)).text(), /X-Twice: 1\r\nx-twice: \xfc\r\n/)
  t.same(got.head, {
    status: 200,
    headers: ['Set-Cookie', 'a=1', 'set-COOKIE', 'b=\xe9', 'Content-Length', '2'],
  })
  t.equal(got.body(), 'ok')
})

t.test('the target is sent byte for byte', async t => {
  const service = await startRawService(t, answering(ok))
  const { send } = upstreamTo(t, service.origin)
  await send({ target: '/a%2Fb//c;d="|{}?x=1&x=%41' })
  t.match((await service.connection(0)).text(), 'GET /a%2Fb//c;d="|{}?x=1&x=%41 HTTP/1.1\r\n')
})

t.test('a redirect and a compressed body are passed on as they are', async t => {
  const head = 'HTTP/1.1 307 X\r\nLocation: http://other.example/\r\nContent-Encoding: gzip\r\n'
  const service = await startRawService(t, answering(`${head}Content-Length: 3\r\n\r\n\x1f\x8b\x08`))
  const { send } = upstreamTo(t, service.origin)
  const got = await send({})
  t.equal(got.head?.status, 307)
  t.equal(got.body(), '\x1f\x8b\x08')
  t.equal(service.count(), 1)
})

t.test('1xx heads arrive before the final one, trailers after the body', async t => {
  const service = await startRawService(
    t,
    answering(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\nok\r\n0\r\nX-Sum: 7\r\nx-sum: 8\r\n\r\n',
    ),
  )
  const { send } = upstreamTo(t, service.origin)
  const got = await send({})
  t.same(got.informed, [{ status: 103, headers: ['Link', '</a>'] }])
  t.same(got.trailers, ['X-Sum', '7', 'x-sum', '8'])
})

t.test('HEAD, 204 and 304 end without a body', async t => {
  for (const [method, head] of [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ] as const) {
    const service = await startRawService(t, answering(head))
    const got = await upstreamTo(t, service.origin).send({ method })
    t.equal(got.body(), '')
    t.same(got.trailers, [])
  }
})

t.test('a body of known length is sent with it, one of unknown length chunked', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('xy')
    peer.write(`${ok.slice(0, 17)}Connection: close\r\n${ok.slice(17)}`)
  })
  const { send } = upstreamTo(t, service.origin)
  await send({
    method: 'POST',
    body: Readable.from([Buffer.from('xy')], { objectMode: false }),
    contentLength: 2,
  })
  const slow = new Readable({ read() {} })
  const sent = send({ method: 'POST', body: slow })
  slow.push('xy')
  const second = await service.connection(1)
  await second.until('xy')
  slow.push(null)
  await sent
  t.match((await service.connection(0)).text(), /content-length: 2\r\n\r\nxy$/i)
  t.match(second.text(), /transfer-encoding: chunked\r\n\r\n2\r\nxy/)
})

t.test(
  'the service sees the first piece of a body before the last exists, and the other way round',
  async t => {
    const service = await startRawService(t)
    const { send } = upstreamTo(t, service.origin)
    const body = new Readable({ read() {} })
    const chunks = Promise.withResolvers<string>()
    const sent = send({ method: 'POST', body }, { onChunk: chunk => chunks.resolve(chunk) })
    body.push('first')
    const peer = await service.connection(0)
    await peer.until('first')
    peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n')
    t.equal(await chunks.promise, 'early')
    body.push('last')
    body.push(null)
    await peer.until('last')
    peer.write('0\r\n\r\n')
    t.equal((await sent).body(), 'early')
  },
)

t.test('a receiver that takes no more stops the service, and gets the rest when it asks', async t => {
  const total = 32 * 1024 * 1024
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    peer.socket.write(Buffer.alloc(total))
  })
  const { send } = upstreamTo(t, service.origin)
  const paused = Promise.withResolvers<() => void>()
  let bytes = 0
  const sent = send(
    {},
    {
      onChunk: chunk => {
        bytes += chunk.length
      },
      pauseAt: 1,
      onPaused: paused.resolve,
    },
  )
  const resume = await paused.promise
  const seen = bytes
  const peer = await service.connection(0)
  await settled(() => peer.socket.writableLength)
  t.equal(bytes, seen, 'nothing more is handed over')
  t.ok(peer.socket.writableLength > total / 2, 'most of it is still with the service')
  resume()
  await sent
  t.equal(bytes, total)
})

t.test('a service that reads nothing stops the body', async t => {
  const service = await startRawService(t, peer => peer.socket.pause())
  const { send } = upstreamTo(t, service.origin)
  let read = 0
  const body = new Readable({
    read() {
      read += 65536
      this.push(Buffer.alloc(65536))
    },
  })
  const cancelled = Promise.withResolvers<() => void>()
  const sent = send({ method: 'POST', body }, { onCancel: cancelled.resolve })
  const cancel = await cancelled.promise
  await settled(() => read)
  t.ok(read < 64 * 1024 * 1024)
  cancel()
  await t.rejects(sent)
})

t.test('nobody listens: UPSTREAM_UNREACHABLE at once, and the body is let go', async t => {
  const { send } = upstreamTo(t, `http://127.0.0.1:${await closedPort()}`)
  const body = new Readable({ read() {} })
  await t.rejects(send({}), { code: 'UPSTREAM_UNREACHABLE', details: { reason: 'ECONNREFUSED' } })
  await t.rejects(send({ method: 'POST', body }), { code: 'UPSTREAM_UNREACHABLE' })
  t.ok(body.destroyed)
})

t.test('a name that does not resolve is UPSTREAM_UNREACHABLE', async t => {
  const { send } = upstreamTo(t, 'http://name.invalid:80', { connectTimeoutMs: 5000 })
  await t.rejects(send({}), { code: 'UPSTREAM_UNREACHABLE' })
})

t.test('a service that breaks off is UPSTREAM_BROKEN, before its head and after it', async t => {
  for (const sent of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf']) {
    for (const how of ['destroy', 'resetAndDestroy'] as const) {
      const service = await startRawService(t, async peer => {
        await peer.until('\r\n\r\n')
        peer.socket.write(sent, () => peer.socket[how]())
      })
      await t.rejects(upstreamTo(t, service.origin).send({}), { code: 'UPSTREAM_BROKEN' })
    }
  }
})

t.test(
  'a body that only the end of the connection delimits is whole after an end, not after a reset',
  async t => {
    const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it'
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const read = Promise.withResolvers<void>()
      const service = await startRawService(t, async peer => {
        await peer.until('\r\n\r\n')
        peer.write(head)
        await read.promise
        peer.socket[how]()
      })
      const sent = upstreamTo(t, service.origin).send({}, { onChunk: () => read.resolve() })
      if (how === 'end') t.equal((await sent).body(), 'all of it')
      else await t.rejects(sent, { code: 'UPSTREAM_BROKEN' })
    }
  },
)

t.test('what is not an HTTP/1.1 answer is UPSTREAM_BROKEN', async t => {
  const big = `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`
  for (const answer of [
    'SSH-2.0-OpenSSH\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX-A: a\rX-QLP-Tenant-Id: b\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX-A: a\0b\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX-A : a\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(33),
    big,
  ]) {
    const service = await startRawService(t, answering(answer))
    await t.rejects(upstreamTo(t, service.origin).send({}), { code: 'UPSTREAM_BROKEN' }, answer.slice(0, 80))
    const peer = await service.connection(0)
    await peer.closed
  }
})

t.test('a broken answer leaves no byte of it in the fault', async t => {
  const service = await startRawService(t, answering('secret=hunter2 is not HTTP\r\n'))
  const fault = await upstreamTo(t, service.origin)
    .send({})
    .catch(error => error)
  t.ok(fault instanceof Fault)
  t.notMatch(JSON.stringify({ ...fault, stack: fault.stack, cause: fault.cause }), /hunter2/)
})

t.test('a head or a body that does not come in time is UPSTREAM_SLOW, and the connection is cut', async t => {
  for (const answer of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nha']) {
    const service = await startRawService(t, answering(answer))
    const sent = upstreamTo(t, service.origin).send({ headersTimeoutMs: 20, idleTimeoutMs: 20 })
    await t.rejects(sent, { code: 'UPSTREAM_SLOW' })
    await (await service.connection(0)).closed
  }
})

t.test('a cancelled request cuts its connection, which nobody uses again', async t => {
  const service = await startRawService(t, async (peer, index) => {
    await peer.until('\r\n\r\n')
    if (index > 0) peer.write(ok)
  })
  const { send } = upstreamTo(t, service.origin)
  const cancelled = Promise.withResolvers<() => void>()
  const sent = send({}, { onCancel: cancelled.resolve })
  const first = await service.connection(0)
  await first.until('\r\n\r\n')
  ;(await cancelled.promise)()
  await t.rejects(sent, { code: 'UPSTREAM_BROKEN', details: { reason: 'CANCELLED' } })
  await first.closed
  t.equal((await send({})).body(), 'ok')
  t.equal(service.count(), 2)
})

t.test(
  'a body that breaks off half-way cuts the connection, so that its half is not taken for the whole',
  async t => {
    const service = await startRawService(t)
    const { send } = upstreamTo(t, service.origin)
    const body = new Readable({ read() {} })
    const sent = send({ method: 'POST', body })
    body.push('half')
    const peer = await service.connection(0)
    await peer.until('half')
    body.destroy(new Error('gone'))
    await t.rejects(sent, { code: 'UPSTREAM_BROKEN' })
    t.notMatch(await peer.closed, '\r\n0\r\n\r\n')
  },
)

t.test('an answer that is complete before its request is passed on, and the connection closed', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('first')
    peer.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno')
  })
  const { send } = upstreamTo(t, service.origin)
  const body = new Readable({ read() {} })
  body.push('first')
  const got = await send({ method: 'POST', body })
  t.equal(got.head?.status, 413)
  t.equal(got.body(), 'no')
  await (await service.connection(0)).closed
})

t.test('a lost race with the service’s keep-alive is run once more on a fresh connection', async t => {
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    const service = await startRawService(t, closingReused(how))
    const { send } = upstreamTo(t, service.origin)
    t.equal((await send({})).retried, false)
    const second = await send({})
    t.equal(second.retried, true)
    t.equal(second.body(), 'ok')
    t.match((await service.connection(1)).text(), /connection: close/i)
  }
})

t.test('a request with a body, or with a method that changes something, is never sent twice', async t => {
  for (const [method, text] of [
    ['POST', ''],
    ['DELETE', ''],
    ['POST', 'body'],
    ['GET', 'body'],
  ] as const) {
    const service = await startRawService(t, closingReused('destroy'))
    const { send } = upstreamTo(t, service.origin)
    await send({})
    const body = text === '' ? null : Readable.from([Buffer.from(text)], { objectMode: false })
    await t.rejects(send({ method, body }), { code: 'UPSTREAM_BROKEN' })
    t.equal(service.count(), 1)
  }
})

t.test('a request is not sent twice where the connection was new, or the answer had begun', async t => {
  const dropped = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.socket.destroy()
  })
  await t.rejects(upstreamTo(t, dropped.origin).send({}), { code: 'UPSTREAM_BROKEN' })
  t.equal(dropped.count(), 1)

  const begun = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(ok)
    await peer.until('/second')
    peer.socket.write('HTTP/1.1 2', () => peer.socket.destroy())
  })
  const { send } = upstreamTo(t, begun.origin)
  await send({})
  await t.rejects(send({ target: '/second' }), { code: 'UPSTREAM_BROKEN' })
  t.equal(begun.count(), 1)
})

t.test('a second failure is final', async t => {
  const service = await startRawService(t, async (peer, index) => {
    await peer.until('\r\n\r\n')
    if (index > 0) peer.socket.destroy()
    else {
      peer.write(ok)
      await peer.until('/second')
      peer.socket.destroy()
    }
  })
  const { send } = upstreamTo(t, service.origin)
  await send({})
  await t.rejects(send({ target: '/second' }), { code: 'UPSTREAM_BROKEN' })
  t.equal(service.count(), 2)
})

t.test('a spare answer on an idle connection never reaches the next request', async t => {
  const spare = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
  for (const together of [true, false]) {
    const service = await startRawService(t, async (peer, index) => {
      await peer.until('\r\n\r\n')
      if (index > 0) peer.write(ok)
      else peer.write(together ? ok + spare : ok)
    })
    const { send } = upstreamTo(t, service.origin)
    await send({})
    const first = await service.connection(0)
    if (!together) first.write(spare)
    await first.closed
    t.equal((await send({})).body(), 'ok')
    t.equal(service.count(), 2)
  }
})

t.test('spare bytes that arrive while the next request waits to be written close the connection', async t => {
  const service = await startRawService(t, async (peer, index) => {
    await peer.until('\r\n\r\n')
    peer.write(index === 0 ? `${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison` : ok)
  })
  const { send } = upstreamTo(t, service.origin)
  const [first, second] = await Promise.all([send({}), send({})])
  t.equal(first.body(), 'ok')
  t.equal(second.body(), 'ok')
  t.equal(service.count(), 2)
})

t.test('answers do not mix: concurrent requests on few connections each get their own', async t => {
  const service = await startRawService(t, peer => {
    let answered = 0
    peer.socket.on('data', () => {
      const targets = [...peer.text().matchAll(/GET \/(\d+) /g)].map(match => match[1]!)
      for (const target of targets.slice(answered)) {
        peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
      }
      answered = targets.length
    })
  })
  const { send } = upstreamTo(t, service.origin, { connections: 3, waitingMax: 100 })
  const numbers = Array.from({ length: 60 }, (_, index) => String(index))
  const got = await Promise.all(numbers.map(number => send({ target: `/${number}` })))
  t.same(
    got.map(each => each.body()),
    numbers,
  )
  t.ok(service.count() <= 3)
})

t.test('what waits for a connection is bounded in number and in time', async t => {
  const clock = createManualClock(0)
  const service = await startRawService(t, (peer, index) => (index > 0 ? answering(ok)(peer) : null))
  const { send } = upstreamTo(t, service.origin, { connections: 1, waitingMax: 1, clock })
  const first = send({})
  const waiting = send({ target: '/given-up' })
  await t.rejects(send({}), { code: 'UPSTREAM_UNREACHABLE', details: { reason: 'QUEUE_FULL' } })
  clock.advance(100)
  await t.rejects(waiting, { code: 'UPSTREAM_UNREACHABLE', details: { reason: 'WAIT_TOO_LONG' } })
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  peer.write(ok)
  t.equal((await first).body(), 'ok')
  t.equal(clock.timerCount(), 0)
  t.equal((await send({})).body(), 'ok')
  const sent = service.count() === 1 ? peer.text() : (await service.connection(1)).text()
  t.notMatch(peer.text() + sent, '/given-up', 'what was given up is never sent')
})

t.test('a stream that fails while its request waits takes nothing down', async t => {
  const service = await startRawService(t)
  const { send } = upstreamTo(t, service.origin)
  const first = send({})
  const body = new Readable({ read() {} })
  const waiting = send({ method: 'POST', body })
  body.destroy(new Error('gone'))
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  peer.write(ok)
  await first
  await t.rejects(waiting)
})

t.test('a field that cannot be written is our fault, and nothing is sent', async t => {
  const service = await startRawService(t, answering(ok))
  const { send } = upstreamTo(t, service.origin)
  await t.rejects(send({ headers: ['X-A', 'a\r\nX-B: b'] }), { code: 'INTERNAL' })
  await t.rejects(send({ headers: ['Transfer-Encoding', 'chunked'] }), { code: 'INTERNAL' })
  await t.rejects(send({ target: '/a b' }), { code: 'INTERNAL' })
  t.equal(service.count(), 0)
  t.equal((await send({})).body(), 'ok', 'the only connection is free for the next request')
})

t.test('close cuts what is still running', async t => {
  const service = await startRawService(t)
  const { send, upstream } = upstreamTo(t, service.origin)
  const sent = send({})
  await (await service.connection(0)).until('\r\n\r\n')
  const rejected = t.rejects(sent, { code: 'UPSTREAM_BROKEN' })
  await upstream.close()
  await rejected
  await t.rejects(send({}), { code: 'UPSTREAM_UNREACHABLE' })
})

/** Answers every head it reads. */
function answering(answer: string) {
  return (peer: { until: (part: string) => Promise<string>; write: (text: string) => void }) =>
    peer.until('\r\n\r\n').then(() => peer.write(answer))
}

/** The first connection is closed when a second request arrives on it; every other one answers. */
function closingReused(how: 'destroy' | 'resetAndDestroy') {
  return (peer: RawPeer, index: number) => {
    let heads = 0
    peer.socket.on('data', chunk => {
      heads += chunk.toString('latin1').split('HTTP/1.1\r\n').length - 1
      if (index === 0 && heads > 1) peer.socket[how]()
      else peer.write(ok)
    })
  }
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

type Watch = {
  readonly onChunk?: (text: string) => void
  readonly pauseAt?: number
  readonly onPaused?: (resume: () => void) => void
  readonly onCancel?: (cancel: () => void) => void
}

type Got = {
  informed: { status: number; headers: readonly string[] }[]
  head: { status: number; headers: readonly string[] } | null
  body: () => string
  trailers: readonly string[] | null
  retried: boolean
}

function upstreamTo(
  t: { teardown: (done: () => unknown) => void },
  origin: string,
  options: Partial<HttpUpstreamOptions> = {},
): { send: (request: Partial<UpstreamRequest>, watch?: Watch) => Promise<Got>; upstream: Upstream } {
  const upstream = createHttpUpstream({
    origin,
    connections: 1,
    waitingMax: 4,
    waitTimeoutMs: 100,
    keepAliveMs: 4000,
    connectTimeoutMs: 2000,
    headBytesMax: 16_384,
    clock: createManualClock(0),
    ...options,
  })
  t.teardown(() => upstream.close())
  return { send: (request, watch = {}) => send(upstream, request, watch), upstream }
}

async function send(upstream: Upstream, request: Partial<UpstreamRequest>, watch: Watch): Promise<Got> {
  const chunks: Buffer[] = []
  const got: Got = {
    informed: [],
    head: null,
    body: () => Buffer.concat(chunks).toString('latin1'),
    trailers: null,
    retried: false,
  }
  const receiver: UpstreamReceiver = {
    onInform: (status, headers) => void got.informed.push({ status, headers }),
    onHead: (status, headers) => {
      got.head = { status, headers }
    },
    onChunk: chunk => {
      chunks.push(Buffer.from(chunk))
      watch.onChunk?.(Buffer.from(chunk).toString('latin1'))
      return chunks.length !== watch.pauseAt
    },
    onDrain: listener => watch.onPaused?.(listener),
    onEnd: trailers => {
      got.trailers = trailers
    },
  }
  const whole: UpstreamRequest = {
    method: 'GET',
    target: '/',
    headers: [],
    body: null,
    contentLength: null,
    headersTimeoutMs: 0,
    idleTimeoutMs: 0,
    ...request,
  }
  got.retried = (await upstream.send(whole, receiver, watch.onCancel ?? (() => {}))).retried
  return got
}
