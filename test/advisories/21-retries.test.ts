import t from 'tap'
import type { RecorderParts } from '../support/recorder.ts'
import { echoAnswer, startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 21: a request that was sent already goes out again, and happens twice, or its body begins in the middle.
 * Advisories: GHSA-8xcm-r25x-g524
 * Defence: only a GET, HEAD or OPTIONS without a body goes out once more, on a connection of its own, and only where a
 * reused connection closed without a byte of an answer (isRepeatable in src/upstream/http-upstream.ts, lostRace in
 * src/upstream/delivery.ts).
 */

/** Serves `/notes/first` and then breaks off whatever comes on the same connection. */
const breaksOffSecond: RecorderParts = {
  early: (head, peer) => {
    if (head.target === '/notes/first') return null
    if (peer.text().includes('/notes/first')) {
      peer.socket.destroy()
      return ''
    }
    return null
  },
}

async function sendSecond(
  t: Parameters<typeof startRecorder>[0],
  parts: RecorderParts,
  line: string,
  body = '',
) {
  const recorder = await startRecorder(t, parts)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const token = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  const client = await sidecar.connect()
  client.send(`GET /notes/first HTTP/1.1\r\nHost: a\r\n${token}\r\n`)
  await client.until(/\/notes\/first /)
  const before = client.received().length
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  client.send(`${line} HTTP/1.1\r\nHost: a\r\n${token}${length}Connection: close\r\n\r\n${body}`)
  const answer = (await client.closed()).slice(before)
  const sent =
    recorder.connections
      .map(peer => peer.text())
      .join('')
      .split(line).length - 1
  return { answer, sent, recorder }
}

t.test('what changes something, or has a body, goes out once', async t => {
  for (const [line, body] of [
    ['POST /notes', 'hello'],
    ['POST /notes', ''],
    ['PUT /notes/1', 'hello'],
    ['PATCH /notes/1', ''],
    ['DELETE /notes/1', ''],
    ['GET /notes/2', 'hello'],
    ['OPTIONS /notes', 'hello'],
  ] as const) {
    const { answer, sent } = await sendSecond(t, breaksOffSecond, line, body)
    t.match(answer, /^HTTP\/1\.1 502 /, `${line} ${body}`)
    t.equal(sent, 1, `${line} ${body}: once`)
  }
})

t.test(
  'a GET, HEAD or OPTIONS without a body goes out once more, whole and on a connection of its own',
  async t => {
    for (const line of ['GET /notes/2', 'HEAD /notes/2', 'OPTIONS /notes']) {
      const { answer, sent, recorder } = await sendSecond(t, breaksOffSecond, line)
      t.match(answer, /^HTTP\/1\.1 200 /, line)
      t.equal(sent, 2, `${line}: once more`)
      t.same(recorder.read().at(-1)!.requests.length, 1)
      t.equal(recorder.read().at(-1)!.violation, null)
    }
  },
)

t.test('not where the connection was new, nor where an answer had begun', async t => {
  const fresh = await startRecorder(t, {
    early: (_head, peer) => {
      peer.socket.destroy()
      return ''
    },
  })
  const sidecar = await startSidecar(t, { origin: fresh.origin })
  const client = await sidecar.connect()
  client.send(
    `GET /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${sidecar.token('acme', 'member')}\r\n\r\n`,
  )
  t.match(await client.closed(), /^HTTP\/1\.1 502 /)
  t.equal(fresh.connections.length, 1)

  const begun = await sendSecond(
    t,
    {
      answer: (request, peer) => {
        if (request.target === '/notes/first') return echoAnswer(request)
        peer.socket.end('HTTP/1.1 200 OK\r\nContent-Le')
        return null
      },
    },
    'GET /notes/2',
  )
  t.match(begun.answer, /^HTTP\/1\.1 502 /)
  t.equal(begun.sent, 1)
})
