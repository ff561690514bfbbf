import t from 'tap'
import { startFront, statuses } from '../support/front.ts'

const close = 'Connection: close\r\n'

const honest: readonly (readonly [name: string, bytes: string, echoed: string])[] = [
  ['a plain GET', `GET /a HTTP/1.1\r\nHost: a\r\n${close}\r\n`, 'GET /a '],
  ['HTTP/1.0 without Host', 'GET /a HTTP/1.0\r\n\r\n', 'GET /a '],
  ['the root', `GET / HTTP/1.1\r\nHost: a\r\n${close}\r\n`, 'GET / '],
  ['a trailing slash', `GET /a/ HTTP/1.1\r\nHost: a\r\n${close}\r\n`, 'GET /a/ '],
  [
    'a query, byte for byte',
    `GET /a?x=%20&y[]=1;2&x="|%E9 HTTP/1.1\r\nHost: a\r\n${close}\r\n`,
    'GET /a?x=%20&y[]=1;2&x="|%E9 ',
  ],
  [
    'an escaped path, byte for byte',
    `GET /%C3%a9/b%20c HTTP/1.1\r\nHost: a\r\n${close}\r\n`,
    'GET /%C3%a9/b%20c ',
  ],
  ['a Host with a port', `GET /a HTTP/1.1\r\nHost: a.example:8080\r\n${close}\r\n`, 'GET /a '],
  ['a Host that is an IPv6 address', `GET /a HTTP/1.1\r\nHost: [::1]:80\r\n${close}\r\n`, 'GET /a '],
  [
    'a body of a known length',
    `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n${close}\r\nhello`,
    'POST /a hello',
  ],
  ['an empty body', `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n${close}\r\n`, 'POST /a '],
  [
    'a chunked body',
    `POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n${close}\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n`,
    'POST /a hello',
  ],
  [
    'trailers after a chunked body',
    `POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${close}\r\n5\r\nhello\r\n0\r\nHost: b\r\nX: 1\r\n\r\n`,
    'POST /a hello',
  ],
  ['a body on GET', `GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n${close}\r\nhi`, 'GET /a hi'],
  ['an empty line before the request line', `\r\nGET /a HTTP/1.1\r\nHost: a\r\n${close}\r\n`, 'GET /a '],
  [
    'odd but harmless field names',
    `GET /a HTTP/1.1\r\nHost: a\r\n__proto__: 1\r\nconstructor: 2\r\nX_Y.z!: 3\r\n${close}\r\n`,
    'GET /a ',
  ],
  [
    'empty and repeated fields',
    `GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\nAccept: y\r\nX-Empty:\r\n${close}\r\n`,
    'GET /a ',
  ],
  ['a cookie in UTF-8', `GET /a HTTP/1.1\r\nHost: a\r\nCookie: name=\xc3\xbc\r\n${close}\r\n`, 'GET /a '],
  ['OPTIONS of a path', `OPTIONS /a HTTP/1.1\r\nHost: a\r\n${close}\r\n`, 'OPTIONS /a '],
  [
    'ninety-eight more fields',
    `GET /a HTTP/1.1\r\nHost: a\r\n${close}${Array.from({ length: 98 }, (_, n) => `a${n}: 1\r\n`).join('')}\r\n`,
    'GET /a ',
  ],
]

t.test('serves honest requests, whatever their form', async t => {
  const front = await startFront(t)
  for (const [name, bytes, echoed] of honest) {
    const client = await front.connect()
    client.send(bytes)
    const received = await client.closed()
    t.same(statuses(received), [200], name)
    t.equal(received.slice(received.indexOf('\r\n\r\n') + 4), echoed, `${name}: as it was sent`)
  }
})

t.test('serves honest requests that come byte by byte', async t => {
  const front = await startFront(t)
  await Promise.all(
    honest.map(async ([name, bytes]) => {
      const client = await front.connect()
      for (const byte of bytes) {
        client.send(byte)
        await new Promise(setImmediate)
      }
      t.same(statuses(await client.closed()), [200], name)
    }),
  )
})

t.test('keeps two pipelined requests apart, and answers them in order', async t => {
  const holds: (() => void)[] = []
  const front = await startFront(t, {
    forward: async exchange => {
      const token = String(exchange.request?.token)
      if (exchange.arrival.target === '/1') await new Promise<void>(resolve => holds.push(resolve))
      exchange.reply.begin(200, ['Content-Length', String(token.length)])
      exchange.reply.write(Buffer.from(token))
      exchange.reply.end([])
      if (exchange.arrival.target === '/2') holds[0]!()
    },
  })
  const client = await front.connect()
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer first\r\n\r\n')
  client.send('GET /2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer other\r\nConnection: close\r\n\r\n')
  const received = await client.closed()
  t.same(
    [...received.matchAll(/\r\n\r\n([a-z]+)/g)].map(match => match[1]),
    ['first', 'other'],
  )
})

t.test('leaves pipelined requests beyond the bound unanswered, and answers those before it', async t => {
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  let taken = 0
  const front = await startFront(t, {
    bounds: { pipelinedMax: 3 },
    forward: async exchange => {
      taken += 1
      await held
      exchange.reply.begin(200, ['Content-Length', '0'])
      exchange.reply.end([])
    },
  })
  const client = await front.connect()
  client.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5))
  while (taken < 3) await new Promise(setImmediate)
  client.send('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')
  release()
  t.same(statuses(await client.closed()), [200, 200, 200])
  t.equal(taken, 3)
})

t.test('forwards what is the client’s, and adds what is ours', async t => {
  const front = await startFront(t)
  const client = await front.connect()
  client.send(
    [
      'GET /a HTTP/1.1',
      'Host: shop.example',
      'Accept: text/plain',
      'Authorization: bearer t0ken',
      'X-Tenant-ID: acme',
      'x-workspace-id: lab',
      'X_QLP_Tenant_Id: globex',
      'X-Qlp-Assertion: forged',
      'x.user.id: root',
      'X-Forwarded-For: 1.2.3.4',
      'Forwarded: for=1.2.3.4',
      'X-Original-URL: /admin',
      'X-HTTP-Method-Override: DELETE',
      'X-Request-ID: my-id.1',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'tracestate: a=1',
      'TE: trailers',
      'Keep-Alive: 1',
      'X-Hop: 1',
      'Connection: close, X-Hop, X-QLP-Tenant-Id, X-Forwarded-For',
      'X-Twice: 1',
      'X-Twice: 2',
      '',
      '',
    ].join('\r\n'),
  )
  await client.closed()
  const { request } = front.recorded[0]!.exchange
  t.equal(request?.token, 't0ken')
  t.equal(request?.tenantRef, 'acme')
  t.equal(request?.workspaceRef, 'lab')
  t.same(request?.headers, [
    'Accept',
    'text/plain',
    'tracestate',
    'a=1',
    'X-Twice',
    '1',
    'X-Twice',
    '2',
    'X-Request-ID',
    'my-id.1',
    'traceparent',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'X-Forwarded-For',
    '127.0.0.1',
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    'shop.example',
  ])
})
