import t from 'tap'
import { openDesk } from '../hostile/headers/deliver.ts'
import { rawClient } from '../support/raw-client.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 39: fields that end at this hop go on to the next.
 * Advisories: none
 * Defence: they are stripped on the way in (src/http1/hop-by-hop.ts by way of src/http1/reserved.ts), and on the way back
 * (src/proxy/service-fields.ts), by rule and because Connection names them.
 */

const hop = [
  'Connection: keep-alive, X-Hop',
  'Proxy-Connection: keep-alive',
  'Keep-Alive: timeout=9',
  'TE: trailers',
  'Trailer: X-Sum',
  'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  'Proxy-Authorization: Basic c2VjcmV0',
  'Proxy-Authenticate: Basic',
  'Proxy-Authentication-Info: x',
  'X-Hop: 1',
  'x_hop: 1',
]
const isOfTheHop =
  /^(connection|proxy-|keep-alive|te|trailer|http2-settings|x[-_]hop|transfer-encoding|upgrade)/i

t.test('the service gets none of them', async t => {
  const desk = await openDesk(t)
  const spelled = hop.map(line => line.replace(/^[^:]+/, name => name.toLowerCase().replaceAll('-', '_')))
  const cases = [hop, spelled, [...hop, ...hop.slice(0, 1)]].map(lines => ({
    name: lines.join(),
    fields: `${lines.join('\r\n')}\r\n`,
  }))
  for (const { request, tried } of await desk.deliver(cases)) {
    t.ok(request, tried.name)
    const names = request!.fields.map(([name]) => name.toLowerCase())
    t.same(
      names.filter(name => isOfTheHop.test(name.replaceAll('_', '-')) && name !== 'connection'),
      [],
    )
    t.notMatch(JSON.stringify(request!.fields), /x-hop|c2VjcmV0|timeout=9/i, tried.name)
  }
})

t.test('the client gets none of the service’s', async t => {
  const recorder = await startRecorder(t, {
    answer: () =>
      `HTTP/1.1 200 OK\r\n${hop.join('\r\n')}\r\nUpgrade: h2c\r\nX-End: 1\r\nContent-Length: 2\r\n\r\nok`,
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const client = await rawClient(sidecar.port)
  client.send('GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const head = (await client.closed()).split('\r\n\r\n')[0]!.split('\r\n')
  t.ok(head.includes('X-End: 1'))
  t.same(
    head.filter(line => isOfTheHop.test(line)),
    ['Connection: close'],
  )
})
