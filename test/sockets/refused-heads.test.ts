import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { until } from '../support/until.ts'

t.test('what becomes no request is in the log under the id that its answer names', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const client = await sidecar.connect()
  client.send('GET /notes HTTP/1.1\r\nHost: a\r\nX: a\x0bb\r\n\r\n')
  const [, id] = /X-Request-ID: (\S+)/.exec(await client.closed())!
  const line = await until(
    'it is in the log',
    () => sidecar.log().find(({ request_id }) => request_id === id) ?? null,
  )
  t.match(line, { reason: 'REQUEST_MALFORMED', rule: 'http-parser', offending: '\\x0b' })
  t.equal(await sidecar.metric('postern_rules_broken_total{rule="http-parser",mode="enforce"}'), 1)
})
