import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 85: an upgrade to another protocol makes a tunnel whose requests nobody judges.
 * Advisories: CVE-2022-41721
 * Defence: a route takes an upgrade to exactly `websocket` or to nothing (src/proxy/stages/02-route.ts), Upgrade may come
 * once (src/http1/framing.ts), and what ends at this hop is stripped (src/http1/reserved.ts).
 */

const protocols = [
  'h2c',
  'H2C',
  'HTTP/2.0',
  'TLS/1.0',
  'websocket, h2c',
  'h2c, websocket',
  'websocket/13',
  'connect-udp',
]

t.test('no protocol but websocket is ever asked of the service', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  const settings = 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'
  for (const upgrade of protocols) {
    for (const target of ['/socket', '/notes']) {
      const client = await sidecar.connect()
      client.send(upgradeRequest(target, bearer + settings, { upgrade }))
      client.finish()
      t.match(await client.closed(), /^HTTP\/1\.1 400 /, `${upgrade} at ${target}`)
    }
  }
  t.notMatch(recorder.bytes(), /upgrade|http2-settings/i)
})

t.test('an Upgrade that Connection does not name is no upgrade', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  for (const [target, upgrade, status] of [
    ['/socket', 'websocket', 426],
    ['/notes', 'h2c', 200],
  ] as const) {
    for (const connection of ['close', 'close, x-upgrade', 'close, upgrade/2']) {
      const client = await sidecar.connect()
      const request = upgradeRequest(target, bearer, { upgrade })
      client.send(request.replace('Connection: Upgrade', `Connection: ${connection}`))
      const expected = connection.includes('/') ? 400 : status
      t.match(await client.closed(), new RegExp(`^HTTP/1\\.1 ${expected} `), `${connection} at ${target}`)
    }
  }
  t.notMatch(recorder.bytes(), /upgrade/i)
})

t.test('two Upgrade fields are refused, whatever they say', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const client = await sidecar.connect()
  const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  client.send(upgradeRequest('/socket', `${bearer}Upgrade: websocket\r\n`))
  t.match(await client.closed(), /^HTTP\/1\.1 400 /)
  t.equal(recorder.bytes(), '')
})
