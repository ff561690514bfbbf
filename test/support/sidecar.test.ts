import t from 'tap'
import { startRecorder } from './recorder.ts'
import { startSidecar, tenants } from './sidecar.ts'
import { until } from './until.ts'

t.test('a request with a good token goes through to the recorder, and its answer back', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  for (const tenant of ['acme', 'globex'] as const) {
    const client = await sidecar.connect()
    client.send(
      `POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token(tenant, 'member')}\r\n` +
        'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    )
    t.match(
      await client.closed(),
      new RegExp(`^HTTP/1.1 200 .*\r\n\r\n${tenants[tenant].id} POST /notes hi$`, 's'),
    )
  }
  t.same(
    recorder.read().map(({ violation }) => violation),
    [null],
  )
  t.equal(recorder.requests().length, 2)
  await until(
    'both are in the log',
    () => sidecar.log().filter(line => line.decision === 'allow').length === 2,
  )
  const series = 'postern_requests_total{route="/notes",method="POST",status="2xx",decision="allow"}'
  t.equal(await sidecar.metric(series), 2)
})

t.test('roles allow what they allow, and nothing in another tenant', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const status = async (line: string, token: string) => {
    const client = await sidecar.connect()
    client.send(`${line} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
    return (await client.closed()).slice(9, 12)
  }
  t.equal(await status('GET /notes', sidecar.token('acme', 'guest')), '403')
  t.equal(await status('POST /billing', sidecar.token('acme', 'owner')), '200')
  t.equal(await status('POST /billing', sidecar.token('acme', 'admin')), '403')
  t.equal(await status('GET /tenants/globex/notes', sidecar.token('acme', 'owner')), '403')
  t.equal(await status('GET /workspaces/lab/notes', sidecar.token('globex', 'member')), '200')
})
