import t from 'tap'
import { assertRefused } from '../hostile/heads/assertions.ts'
import { post } from '../hostile/heads/case.ts'
import { openLane } from '../hostile/heads/lane.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { until } from '../support/until.ts'

/**
 * Threat 15: the service answers before it has the body, or the body is never sent, and what is left of it is read as the
 * next request.
 * Advisories: none
 * Defence: an answer that is complete before its request closes the connection to the service (undici), and that of the
 * client after it (src/proxy/reply.ts); only an exact 100-continue is an expectation (src/http1/framing.ts), and a body
 * that was not asked for is never read as a request.
 */

const smuggled = 'GET /notes/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`

t.test('an early answer: the rest of the body reaches no connection that another request uses', async t => {
  const recorder = await startRecorder(t, {
    early: head => (head.method === 'POST' ? answer('early') : null),
    answer: request => answer(`served ${request.target}`),
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  // The head goes on with the first piece of the body, so that much is sent at once.
  const uploads: readonly (readonly [framing: string, first: string, rest: string])[] = [
    [`Content-Length: ${smuggled.length + 1}\r\n`, 'x', smuggled],
    [
      'Transfer-Encoding: chunked\r\n',
      '1\r\nx\r\n',
      `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    ],
  ]
  for (const [framing, first, rest] of uploads) {
    const client = await sidecar.connect()
    client.send(post(framing, first).replace('{token}', sidecar.token('acme', 'member')))
    await client.until(/early/)
    client.send(rest)

    const other = await sidecar.connect()
    other.send(
      `GET /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${sidecar.token('globex', 'member')}\r\n\r\n`,
    )
    t.match(await other.closed(), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nserved \/notes$/)
    await client.closed()
    t.notMatch(client.received(), 'served', 'nobody answers what was in the body')
  }
  await until(
    'the early connections are closed',
    () => recorder.connections.filter(({ socket }) => socket.closed).length >= 2,
  )
  for (const { requests, violation } of recorder.read()) {
    t.ok(
      requests.every(({ target }) => target === '/notes'),
      'each connection holds what was meant for it',
    )
    t.ok(violation === null || violation.rule === 'cut in the body')
  }
})

t.test('an expectation that is refused, with its body at once: the body is no request', async t => {
  const lane = await openLane(t)
  const body = `Content-Length: ${smuggled.length}\r\n`
  await assertRefused(t, lane, [
    ...[
      '100-continue, 100-continue',
      'x 100-continue',
      '100-continue;a',
      '100-continue\t,',
      '"100-continue"',
      '100',
      '',
    ].map(
      value =>
        [
          JSON.stringify(value),
          post(`Expect: ${value}\r\n${body}`, smuggled),
          '417 EXPECTATION_UNKNOWN expect-unknown',
        ] as const,
    ),
    [
      'two',
      post(`Expect: 100-continue\r\nExpect: 100-continue\r\n${body}`, smuggled),
      '400 REQUEST_MALFORMED field-repeated',
    ],
    [
      'an imitated one',
      post(`Expect_: 100-continue\r\n${body}`, smuggled),
      '400 REQUEST_MALFORMED field-imitates',
    ],
  ])
})

t.test('a body that waits for 100 and is refused: what comes instead is no request', async t => {
  const lane = await openLane(t)
  const { sidecar, send } = lane
  const head = `POST /billing HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token('acme', 'guest')}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`
  const good = `GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token('acme', 'member')}\r\n\r\n`
  const { answer: received, forwarded } = await send([head + good], null)
  t.match(received, /^HTTP\/1\.1 403 /)
  t.notMatch(received, /100 Continue|HTTP\/1\.1 200/)
  t.same(forwarded, [])
})
