import t from 'tap'
import { echoAnswer, startRecorder } from '../support/recorder.ts'
import { startSidecar, tenants } from '../support/sidecar.ts'
import { until } from '../support/until.ts'

/**
 * Threat 16: the service sends an answer too many, which waits on its connection for whoever uses that next.
 * Advisories: CVE-2026-48931, GHSA-35p6-xmwp-9g52, GHSA-8xcm-r25x-g524
 * Defence: one request on a connection at a time; bytes that nobody asked for close it before the next request is written
 * (src/upstream/connection.ts, `pipelining: 1`, and undici, whose version is pinned).
 */

const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned'

type Send = (text: string) => void

/** Each sends the answer and something that nobody asked for, and is over when all of it is out. */
const spares: Readonly<Record<string, (send: Send, answer: string) => Promise<void>>> = {
  'in the same piece as the answer': async (send, answer) => send(answer + poison),
  'in pieces': async (send, answer) => {
    send(answer)
    await new Promise(setImmediate)
    send(poison)
  },
  'while the connection is idle': async (send, answer) => {
    send(answer)
    await new Promise(resolve => setTimeout(resolve, 20))
    send(poison)
  },
  'half of it': async (send, answer) => send(answer + poison.slice(0, 20)),
  'only an interim one': async (send, answer) => send(`${answer}HTTP/1.1 100 Continue\r\n\r\n`),
}

for (const [name, spare] of Object.entries(spares)) {
  t.test(`a spare answer, ${name}: the next tenant gets its own`, async t => {
    let sending = Promise.resolve()
    const recorder = await startRecorder(t, {
      answer: (request, peer) => {
        sending = spare(peer.write, echoAnswer(request))
        return null
      },
    })
    const sidecar = await startSidecar(t, {
      origin: recorder.origin,
      configure: config => ({ ...config, upstream: { ...config.upstream, connections: 1 } }),
    })
    for (let turn = 0; turn < 6; turn += 1) {
      const tenant = turn % 2 === 0 ? 'acme' : 'globex'
      const client = await sidecar.connect()
      client.send(
        `GET /notes/${turn} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${sidecar.token(tenant, 'member')}\r\n\r\n`,
      )
      const answered = await client.closed()
      t.match(answered, /^HTTP\/1\.1 200 /)
      t.ok(answered.endsWith(`\r\n\r\n${tenants[tenant].id} GET /notes/${turn} `), 'its own')
      // What comes when the next request is out already cannot be told from its answer by anybody.
      await sending
    }
  })
}

t.test('a connection carries one request at a time, so that no answer can be taken for the next', async t => {
  const waiting: (() => void)[] = []
  const recorder = await startRecorder(t, {
    answer: (request, peer) => {
      waiting.push(() => peer.write(echoAnswer(request)))
      return null
    },
  })
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    configure: config => ({ ...config, upstream: { ...config.upstream, connections: 1 } }),
  })
  const clients = await Promise.all([sidecar.connect(), sidecar.connect(), sidecar.connect()])
  for (const client of clients)
    client.send(
      `GET /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${sidecar.token('acme', 'member')}\r\n\r\n`,
    )
  for (let answered = 0; answered < clients.length; answered += 1) {
    await until('one has arrived', () => waiting.length > answered)
    // Others would have come with it: they wait for this connection.
    await new Promise(resolve => setTimeout(resolve, 20))
    t.equal(recorder.requests().length, answered + 1)
    waiting[answered]!()
  }
  for (const client of clients) t.match(await client.closed(), /^HTTP\/1\.1 200 /)
})
