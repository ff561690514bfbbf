import { connect } from 'node:http2'
import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 84: floods of HTTP/2 frames: rapid resets, continuations, pings, settings.
 * Advisories: CVE-2023-44487, CVE-2025-8671, CVE-2024-27983, CVE-2024-30255, CVE-2025-59465, CVE-2026-21714
 * Defence: HTTP/2 is not spoken: neither with prior knowledge nor by upgrade on the traffic port (src/proxy/server.ts,
 * src/proxy/stages/02-route.ts), nor towards the service (src/upstream/connection.ts).
 */

t.test('the preface of HTTP/2 is refused, and the connection closes', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const client = await sidecar.connect()
  // The preface, an empty SETTINGS frame, and PINGs that nobody answers.
  client.send(
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0${'\0\0\x08\x06\0\0\0\0\0pingpong'.repeat(1000)}`,
  )
  t.match(await client.closed(), /^HTTP\/1\.1 505 /)
  t.equal(recorder.bytes(), '')
})

t.test('a client that insists on HTTP/2 gets no session', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const session = connect(`http://127.0.0.1:${sidecar.port}`)
  const failure = new Promise<Error>(resolve => session.once('error', resolve))
  session.request({ ':path': '/notes' }).on('error', () => {})
  t.match(await failure, { code: 'ERR_HTTP2_ERROR' })
  session.destroy()
  t.equal(recorder.bytes(), '')
})

t.test('an upgrade to h2c is refused before the service is asked', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const client = await sidecar.connect()
  const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  client.send(
    upgradeRequest('/socket', `${bearer}HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n`, { upgrade: 'h2c' }),
  )
  t.match(await client.closed(), /^HTTP\/1\.1 400 [\s\S]*UPGRADE_REFUSED/)
  t.equal(recorder.bytes(), '')
})
