import t from 'tap'
import { createManualClock } from '../../support/manual-clock.ts'
import type { RawPeer, RawService } from '../../support/raw-peer.ts'
import { closedPort, startRawService } from '../../support/raw-peer.ts'
import { startSidecarBack } from '../../support/sidecar-back.ts'

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const proof = ['X-QLP-Tenant-Id', 't-1', 'X-QLP-Assertion', 'a.b.c', 'X-Tenant-ID', 't-1']

t.test('the proof goes out last, once, whatever the client sends or names in Connection', async t => {
  for (const hostile of [
    '',
    'Connection: x-qlp-tenant-id, X-QLP-Assertion, x-tenant-id, close\r\n',
    'X-QLP-Tenant-Id: t-2\r\nx_qlp_tenant_id: t-2\r\nX-TENANT-ID: t-2\r\nX-Qlp.Tenant.Id: t-2\r\n',
    'Connection: keep-alive, X-Qlp-Tenant-Id\r\nX-QLP-TENANT-ID: t-2\r\nX-QLP-Roles: owner\r\n',
  ]) {
    const service = await startRawService(t, answering(ok))
    const back = await startSidecarBack(t, { origin: service.origin, proof })
    const client = await back.connect()
    client.write(`GET /a HTTP/1.1\r\nHost: h\r\n${hostile}\r\n`)
    await client.until('ok')
    const sent = (await headOf(service)).split('\r\n')
    t.same(sent.slice(-3), ['X-QLP-Tenant-Id: t-1', 'X-QLP-Assertion: a.b.c', 'X-Tenant-ID: t-1'])
    const folded = sent.map(line =>
      line
        .split(':')[0]!
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '-'),
    )
    for (const name of ['x-qlp-tenant-id', 'x-qlp-assertion', 'x-tenant-id']) {
      t.equal(folded.filter(each => each === name).length, 1, name)
    }
    t.notOk(folded.includes('x-qlp-roles'))
  }
})

t.test('nothing that ends at this hop reaches the service', async t => {
  const service = await startRawService(t, answering(ok))
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(
    'GET /a?b=%41 HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nKeep-Alive: timeout=9\r\nProxy-Authorization: x\r\n' +
      'Connection: X-Hop\r\nX-Hop: 1\r\nAuthorization: Bearer x\r\nX-End: 1\r\n\r\n',
  )
  await client.until('ok')
  const head = await headOf(service)
  t.match(head, /^GET \/a\?b=%41 HTTP\/1\.1\r\n/)
  t.match(head, 'X-End: 1')
  t.notMatch(head, /^(te|keep-alive|proxy-|x-hop|authorization|transfer-encoding)/im)
})

t.test('a second field with a name of the proof is our fault, and nothing is sent', async t => {
  const service = await startRawService(t, answering(ok))
  const back = await startSidecarBack(t, { origin: service.origin, proof: ['X_User.Kind', 'member'] })
  const client = await back.connect()
  client.write('GET /a HTTP/1.1\r\nHost: h\r\nx-user-kind: owner\r\n\r\n')
  t.match(await client.until('INTERNAL'), 'HTTP/1.1 500')
  t.equal(service.count(), 0)
})

t.test(
  'the answer keeps its fields, duplicates included, without those of the hop, the prefix and our own',
  async t => {
    const service = await startRawService(
      t,
      answering(
        'HTTP/1.1 201 Made\r\nSet-Cookie: a\r\nset-cookie: b\r\nKeep-Alive: timeout=77\r\nConnection: X-Hop\r\n' +
          'X-Hop: 1\r\nX-QLP-Usage: 7\r\nx_qlp_other: 7\r\nX-Request-ID: theirs\r\nProxy-Authenticate: x\r\n' +
          'RateLimit: theirs\r\nContent-Length: 2\r\n\r\nok',
      ),
    )
    const grant = {
      granted: true,
      degraded: false,
      windows: [
        { name: 'minute', windowMs: 60_000, max: 100, remaining: 42, resetMs: 16_001 },
        { name: 'day', windowMs: 86_400_000, max: 9, remaining: 1, resetMs: 0 },
      ],
    } as const
    const back = await startSidecarBack(t, { origin: service.origin, grant })
    const client = await back.connect()
    client.write(get)
    const head = (await client.until('ok')).split('\r\n\r\n')[0]!
    t.match(head, /^HTTP\/1\.1 201 /)
    t.match(head, 'Set-Cookie: a\r\nset-cookie: b\r\n')
    t.match(head, 'X-Request-ID: request-1')
    t.match(head, 'RateLimit-Policy: "minute";q=100;w=60, "day";q=9;w=86400\r\n')
    t.match(head, 'RateLimit: "minute";r=42;t=17, "day";r=1;t=0')
    t.notMatch(head, /theirs|x-hop|qlp|timeout=77|proxy-/i)
    const { outcome } = await back.recorded(0)
    t.match(outcome, {
      status: 201,
      upstreamStatus: 201,
      bytesIn: 0,
      bytesOut: 2,
      retried: false,
      aborted: null,
    })
  },
)

t.test('RateLimit fields of the service pass where the request was not counted', async t => {
  const service = await startRawService(
    t,
    answering(`HTTP/1.1 200 OK\r\nRateLimit: theirs\r\n${ok.slice(17)}`),
  )
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(get)
  t.match(await client.until('ok'), 'RateLimit: theirs')
})

t.test('a service cannot inject a field or a second answer', async t => {
  for (const head of [
    'X-A: a\rX-Injected: b\r\n',
    'X-A: a\0b\r\n',
    'X A: b\r\n',
    'X-A: a\x7fb\r\n',
    'X-A: a\r\n\tX-Injected: b\r\n',
  ]) {
    const service = await startRawService(
      t,
      answering(`HTTP/1.1 200 OK\r\n${head}Content-Length: 2\r\n\r\nok`),
    )
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    client.write(get)
    const received = await client.until('\r\n\r\n')
    t.notMatch(received, /^X-Injected/m)
    t.equal(received.match(/HTTP\/1\.1 /g)?.length, 1)
  }
})

t.test('a field that our side may not write makes the answer UPSTREAM_BROKEN', async t => {
  const service = await startRawService(t, answering('HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok'))
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(get)
  t.match(await client.until('UPSTREAM_BROKEN'), 'HTTP/1.1 502')
})

t.test('HEAD, 204 and 304 have no body, and the next request is answered', async t => {
  const service = await startRawService(t, peer => {
    peer.socket.on('data', chunk => {
      const head = chunk.toString('latin1')
      if (head.startsWith('HEAD')) peer.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
      else if (head.includes('/204')) peer.write('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n')
      else if (head.includes('/304')) peer.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')
      else peer.write(ok)
    })
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  for (const line of ['HEAD /a', 'GET /204', 'GET /304']) {
    const client = await back.connect()
    client.write(`${line} HTTP/1.1\r\nHost: h\r\n\r\n`)
    await client.until('\r\n\r\n')
    client.write('GET /end HTTP/1.1\r\nHost: h\r\n\r\n')
    const [, second, body, ...more] = (await client.until('ok')).split('\r\n\r\n')
    t.match(second, /^HTTP\/1\.1 200/)
    t.equal(body, 'ok')
    t.same(more, [])
  }
})

t.test('1xx and trailers pass, 1xx not to a client of HTTP/1.0', async t => {
  const answer =
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-QLP-Hint: 1\r\n\r\nHTTP/1.1 200 OK\r\n' +
    'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nX-QLP-Sum: 7\r\nSet-Cookie: a\r\n\r\n'
  const service = await startRawService(t, peer => {
    peer.socket.on('data', () => peer.write(answer))
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(get)
  const received = await client.until('X-Sum: 7\r\n\r\n')
  t.match(received, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 /)
  t.match(received, /2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n$/)
  t.notMatch(received, /qlp/i)
  const old = await back.connect()
  old.write('GET /a HTTP/1.0\r\nHost: h\r\n\r\n')
  const closed = await old.closed
  t.notMatch(closed, /103|X-Sum/)
  t.match(closed, /\r\n\r\nok$/)
})

t.test('request trailers are dropped', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('hi')
    peer.write(ok)
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(
    'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-QLP-Tenant-Id: t-2\r\n\r\n',
  )
  await client.until('ok')
  t.notMatch((await service.connection(0)).text(), 't-2')
})

t.test(
  'bodies stream both ways: each side reads the first piece before the other has sent the last',
  async t => {
    const service = await startRawService(t)
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    client.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
    const peer = await service.connection(0)
    await peer.until('first')
    peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n')
    await client.until('early')
    client.write('4\r\nlast\r\n0\r\n\r\n')
    await peer.until('last')
    peer.write('4\r\nlate\r\n0\r\n\r\n')
    t.match(await client.until('0\r\n\r\n'), /5\r\nearly\r\n4\r\nlate\r\n0\r\n\r\n$/)
    t.match((await back.recorded(0)).outcome, { bytesIn: 9, bytesOut: 9 })
  },
)

t.test('an event stream passes event by event, its head before the first event', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write(get)
  await client.until('Content-Type: text/event-stream')
  const peer = await service.connection(0)
  for (const event of ['data: 1', 'data: 2']) {
    peer.write(`9\r\n${event}\n\n\r\n`)
    await client.until(`${event}\n\n`)
  }
})

t.test('100 Continue is answered after the decision, and Expect goes no further', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('body')
    peer.write(ok)
  })
  const back = await startSidecarBack(t, { origin: service.origin, rule: { bodyBytesMax: 10 } })
  const client = await back.connect()
  client.write('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n')
  await client.until('HTTP/1.1 100 Continue\r\n\r\n')
  client.write('body')
  await client.until('ok')
  t.notMatch((await service.connection(0)).text(), /expect/i)

  const large = await back.connect()
  large.write('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n')
  const refused = await large.closed
  t.match(refused, 'BODY_TOO_LARGE')
  t.notMatch(refused, '100 Continue')
})

t.test('a body that announces too much is refused before anything is sent', async t => {
  const service = await startRawService(t, answering(ok))
  const back = await startSidecarBack(t, { origin: service.origin, rule: { bodyBytesMax: 10 } })
  const client = await back.connect()
  client.write('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n')
  t.match(await client.until('BODY_TOO_LARGE'), /^HTTP\/1\.1 413 [\s\S]*Connection: close/)
  t.equal(service.count(), 0)
})

t.test(
  'a body that grows too large on the way is refused, and the service cut off without its end',
  async t => {
    const service = await startRawService(t)
    const back = await startSidecarBack(t, { origin: service.origin, rule: { bodyBytesMax: 10 } })
    const client = await back.connect()
    client.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n')
    const peer = await service.connection(0)
    await peer.until('0123456789')
    client.write('1\r\nX\r\n')
    t.match(await client.until('BODY_TOO_LARGE'), /^HTTP\/1\.1 413 /)
    const sent = await peer.closed
    t.notMatch(sent, 'X\r\n')
    t.notMatch(sent, '\r\n0\r\n\r\n')
    const exchange = await back.recorded(0)
    t.match(exchange.ended, { refusal: { code: 'BODY_TOO_LARGE' } })
    t.equal(exchange.outcome.status, 413)
  },
)

t.test('a body that grows too large after the answer began cuts both sides', async t => {
  const service = await startRawService(t)
  const back = await startSidecarBack(t, { origin: service.origin, rule: { bodyBytesMax: 10 } })
  const client = await back.connect()
  client.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n')
  const peer = await service.connection(0)
  await peer.until('0123456789')
  peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n')
  await client.until('early')
  client.write('1\r\nX\r\n')
  t.notMatch(await client.closed, '\r\n0\r\n\r\n')
  await peer.closed
  t.match((await back.recorded(0)).ended, { refusal: { code: 'BODY_TOO_LARGE' } })
})

t.test('a client that leaves cuts the service off: waiting, sending and reading', async t => {
  for (const moment of ['waiting', 'sending', 'reading']) {
    const service = await startRawService(t)
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    if (moment === 'sending') {
      client.write('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf')
      await (await service.connection(0)).until('half')
    } else client.write(get)
    const peer = await service.connection(0)
    await peer.until('\r\n\r\n')
    if (moment === 'reading') {
      peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n')
      await client.until('early')
    }
    client.socket.resetAndDestroy()
    await peer.closed
    const { outcome, ended } = await back.recorded(0)
    t.equal(outcome.aborted, 'client', moment)
    t.equal(ended, null)
  }
})

t.test('a service that breaks off after its head leaves the client no whole answer', async t => {
  for (const framing of ['Content-Length: 99', 'Transfer-Encoding: chunked']) {
    const service = await startRawService(t, async peer => {
      await peer.until('\r\n\r\n')
      peer.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`)
    })
    const back = await startSidecarBack(t, { origin: service.origin })
    const client = await back.connect()
    client.write(get)
    await client.until('\r\n\r\n')
    ;(await service.connection(0)).socket.destroy()
    const received = await client.closed
    t.match(received, /^HTTP\/1\.1 200 /)
    t.notMatch(received, /\r\n0\r\n\r\n$/)
    t.equal(received.match(/HTTP\/1\.1/g)?.length, 1)
    const { outcome, ended } = await back.recorded(0)
    t.match(outcome, { aborted: 'upstream', status: 200, upstreamStatus: 200 })
    t.match(ended, { code: 'UPSTREAM_BROKEN' })
  }
})

t.test('each way a service can fail has its code', async t => {
  const silent = await startRawService(t)
  const broken = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.socket.resetAndDestroy()
  })
  for (const [origin, code, status] of [
    [`http://127.0.0.1:${await closedPort()}`, 'UPSTREAM_UNREACHABLE', 503],
    [broken.origin, 'UPSTREAM_BROKEN', 502],
    [silent.origin, 'UPSTREAM_SLOW', 504],
  ] as const) {
    const back = await startSidecarBack(t, { origin, rule: { timeouts: { headersMs: 20, idleMs: 20 } } })
    const client = await back.connect()
    client.write(get)
    const received = await client.until(code)
    t.match(received, `HTTP/1.1 ${status} `)
    t.equal(received.includes('Retry-After: 1'), status === 503)
    const { outcome } = await back.recorded(0)
    t.match(outcome, { status, upstreamStatus: 0, aborted: null })
  }
})

t.test('an early refusal of the service reaches a client that is still sending', async t => {
  const service = await startRawService(t, async peer => {
    await peer.until('first')
    peer.write('HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno')
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.write('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
  t.match(await client.until('no'), /^HTTP\/1\.1 409 /)
  await (await service.connection(0)).closed
  client.write('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n')
  await client.closed
  t.equal(service.count(), 1)
})

t.test('a client that stops reading stops the service', async t => {
  const total = 64 * 1024 * 1024
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    peer.socket.write(Buffer.alloc(total))
  })
  const back = await startSidecarBack(t, { origin: service.origin })
  const client = await back.connect()
  client.socket.pause()
  client.write(get)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  await settled(() => peer.socket.writableLength)
  t.ok(peer.socket.writableLength > total / 2)
  client.socket.removeAllListeners('data')
  let bytes = 0
  const whole = new Promise<void>(resolve => {
    client.socket.on('data', chunk => {
      bytes += chunk.length
      if (bytes > total) resolve()
    })
  })
  client.socket.resume()
  await whole
  t.equal((await back.recorded(0)).outcome.bytesOut, total)
})

t.test('a client that reads nothing for too long is cut off, and the service with it', async t => {
  const clock = createManualClock(0)
  const total = 64 * 1024 * 1024
  const service = await startRawService(t, async peer => {
    await peer.until('\r\n\r\n')
    peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
    peer.socket.write(Buffer.alloc(total))
  })
  const back = await startSidecarBack(t, { origin: service.origin, clock, clientStallMs: 1000 })
  const client = await back.connect()
  client.socket.pause()
  client.write(get)
  const peer = await service.connection(0)
  await peer.until('\r\n\r\n')
  await settled(() => peer.socket.writableLength)
  clock.advance(1000)
  await peer.closed
  t.equal((await back.recorded(0)).outcome.aborted, 'client')
  t.equal(clock.timerCount(), 0)
})

t.test('a lost keep-alive race is hidden from a GET, and recorded', async t => {
  const service = await startRawService(t, (peer, index) => {
    let heads = 0
    peer.socket.on('data', () => {
      heads += 1
      if (index === 0 && heads > 1) peer.socket.destroy()
      else peer.write(ok)
    })
  })
  const back = await startSidecarBack(t, { origin: service.origin, connections: 1 })
  const client = await back.connect()
  client.write(get)
  await client.until('ok')
  const next = await back.connect()
  next.write(get)
  t.match(await next.until('ok'), /^HTTP\/1\.1 200 /)
  t.equal((await back.recorded(1)).outcome.retried, true)
})

function answering(answer: string): (peer: RawPeer) => unknown {
  return peer => peer.until('\r\n\r\n').then(() => peer.write(answer))
}

/** The head of the first request that the service got, without its empty line. */
async function headOf(service: RawService): Promise<string> {
  const peer = await service.connection(0)
  return (await peer.until('\r\n\r\n')).split('\r\n\r\n')[0]!
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
