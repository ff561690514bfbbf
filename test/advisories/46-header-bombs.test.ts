import t from 'tap'
import { exchange } from '../hostile/headers/deliver.ts'
import { rawClient } from '../support/raw-client.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 46: a head of many fields, or of large ones, costs more than it took to send.
 * Advisories: CVE-2018-12121, CVE-2023-45288
 * Defence: fields are counted, and their bytes, before anything is looked up in them (src/http1/framing.ts); a head that
 * does not end is cut off where it may be no longer (src/http1/request-watch.ts, src/proxy/server.ts). So it is for heads
 * of a service (upstream.headBytes). `node bench/hostile/measure.ts` prints what a bomb costs.
 */

const bounds = 'bounds: { headerCount: 20, headerBytes: 2000, targetBytes: 100 }'
/** With these three. */
const head = 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
const fields = (count: number, value = '') =>
  Array.from({ length: count }, (_, number) => `a${number}:${value}\r\n`).join('')

const bombs: readonly (readonly [what: string, bytes: string])[] = [
  ['one field too many', `${head}${fields(19)}\r\n`],
  ['the same field again and again', `${head}${'a:\r\n'.repeat(19)}\r\n`],
  ['two thousand and one fields', `${head}${'a:\r\n'.repeat(2001)}\r\n`],
  ['a field that is too large', `${head}X-A: ${'x'.repeat(2000)}\r\n\r\n`],
  ['fields that are too large together', `${head}${fields(10, 'x'.repeat(200))}\r\n`],
  ['a name that is too large', `${head}${'x'.repeat(2000)}: 1\r\n\r\n`],
  ['many cookies', `${head}${'Cookie: a=b\r\n'.repeat(19)}\r\n`],
  ['a list that is too large', `${head}Connection: ${'a,'.repeat(1000)}\r\n\r\n`],
  ['a target that is too long', `GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
]

t.test('a head is refused beyond its bounds, and taken up to them', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  for (const [what, bytes] of bombs)
    t.match(await exchange(sidecar.port, bytes), /^HTTP\/1\.1 431 .*"code":"HEADERS_TOO_LARGE"/s, what)
  t.same(recorder.requests(), [])
  for (const more of [fields(18), `X-A: ${'x'.repeat(1900)}\r\n`])
    t.match(await exchange(sidecar.port, `${head}${more}\r\n`), /^HTTP\/1\.1 200 /)
})

t.test('a head without an end is cut off, whatever it is made of', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const long = 'x'.repeat(4000)
  for (const piece of ['a:\r\n'.repeat(1000), long, `X-A: ${long}`, 'x\t'.repeat(2000)]) {
    const client = await rawClient(sidecar.port)
    let sent = 0
    const timer = setInterval(() => {
      client.send(piece)
      sent += piece.length
    }, 1)
    client.send('GET /health HTTP/1.1\r\nHost: a\r\nX-B: ')
    const answer = await client.closed()
    clearInterval(timer)
    t.match(answer, /^(HTTP\/1\.1 431 |$)/, JSON.stringify(piece.slice(0, 8)))
    t.ok(sent < 1_000_000, String(sent))
  }
  t.same(recorder.requests(), [])
})

t.test('the head of a service has bounds as well', async t => {
  const recorder = await startRecorder(t, {
    answer: () => `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\nok`,
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const answer = await exchange(sidecar.port, `${head}\r\n`)
  t.match(answer, /^HTTP\/1\.1 502 .*"code":"UPSTREAM_BROKEN"/s)
})
