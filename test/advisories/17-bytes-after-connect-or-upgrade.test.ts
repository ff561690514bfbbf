import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 17: bytes behind a CONNECT or an upgrade reach a connection that is used for the next tenant.
 * Advisories: CVE-2026-71324, CVE-2025-64763
 * Defence: nothing is read from the connection after such a head until the decision (src/proxy/server.ts, onTaken), CONNECT
 * is never allowed (src/proxy/stages/01-receive.ts), and a tunnel has a connection of its own (src/upstream/tunnel.ts).
 */

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX-QLP-Tenant-Id: globex\r\n\r\n'

const heads: readonly (readonly [name: string, head: (bearer: string) => string, status: number])[] = [
  ['CONNECT to elsewhere', () => 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', 405],
  ['CONNECT with a token', bearer => `CONNECT /notes HTTP/1.1\r\nHost: a\r\n${bearer}\r\n`, 405],
  ['an upgrade that nobody may make', () => upgradeRequest('/socket', ''), 401],
  ['an upgrade of a route that takes none', bearer => upgradeRequest('/notes', bearer), 400],
  ['an upgrade to h2c', bearer => upgradeRequest('/socket', bearer, { upgrade: 'h2c' }), 400],
  ['an upgrade that the service does not make', bearer => upgradeRequest('/socket', bearer), 200],
]

for (const [name, head, status] of heads) {
  t.test(`${name}: what follows it reaches nobody`, async t => {
    const recorder = await startRecorder(t)
    const sidecar = await startSidecar(t, { origin: recorder.origin })
    const client = await sidecar.connect()
    client.send(head(`Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`) + smuggled)
    const received = await client.closed()
    t.match(received, new RegExp(`^HTTP/1.1 ${status} `))
    t.equal(received.split('HTTP/1.1 ').length, 2, 'one answer, and the connection is over')
    t.notMatch(recorder.bytes(), /smuggled|globex/)

    const next = await sidecar.connect()
    next.send(
      `GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token('globex', 'member')}\r\n\r\n`,
    )
    t.match(await next.until(/GET \/notes/), /^HTTP\/1\.1 200 /)
    t.notMatch(recorder.bytes(), /smuggled/)
  })
}
