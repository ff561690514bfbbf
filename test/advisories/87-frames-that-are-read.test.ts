import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecar } from '../support/sidecar.ts'
import { switchingAnswer, upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 87: frames of a WebSocket, or the names of its extensions, bring down what reads or inflates them.
 * Advisories: CVE-2026-1526, CVE-2026-1528, CVE-2026-2229, CVE-2024-37890
 * Defence: bytes are tunnelled; of the service's frames only the heads are counted (src/upstream/frame-boundary.ts), of
 * the client's nothing is looked at, and extensions are compared as strings (src/upstream/websocket-answer.ts).
 */

t.test('a real client and a real service talk through it, compressed, in both directions', async t => {
  const service = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true })
  await once(service, 'listening')
  t.teardown(() => service.close())
  service.on('connection', socket => socket.on('message', data => socket.send(data)))
  const { port } = service.address() as AddressInfo
  const sidecar = await startSidecar(t, { origin: `http://127.0.0.1:${port}` })
  const client = new WebSocket(`ws://127.0.0.1:${sidecar.port}/socket`, {
    headers: { authorization: `Bearer ${sidecar.token('acme', 'member')}` },
  })
  t.teardown(() => client.terminate())
  await once(client, 'open')
  t.equal(client.extensions, 'permessage-deflate')
  const message = Buffer.alloc(300_000, 'postern')
  client.send(message)
  const [echoed] = (await once(client, 'message')) as [Buffer]
  t.ok(message.equals(echoed))
  client.close(1000)
  t.equal((await once(client, 'close'))[0], 1000)
})

t.test('what is no frame passes as it is, and costs nobody anything', async t => {
  const service = await startRawService(t, peer => {
    peer.socket.once('data', (head: Buffer) => {
      peer.write(switchingAnswer(head.toString('latin1')))
      peer.socket.on('data', chunk => peer.socket.write(chunk))
    })
  })
  const sidecar = await startSidecar(t, { origin: service.origin })
  // A length of 2^63, reserved bits, a compressed frame nobody agreed on, a mask that a service must not set.
  for (const bytes of [
    '\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff!',
    '\xf3\x05hello!',
    '\xc1\x03\x00\x00\xff!',
    '\x81\x81abcd!',
  ]) {
    const client = await sidecar.connect()
    client.send(upgradeRequest('/socket', `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`))
    await client.until(/\r\n\r\n/)
    client.send(bytes)
    const received = await client.until(/!$/)
    t.equal(received.slice(received.indexOf('\r\n\r\n') + 4), bytes)
    client.hangUp()
  }
})

t.test('names of extensions that every object has are names like any other', async t => {
  const service = await startRawService(t, peer => {
    peer.socket.once('data', (head: Buffer) => peer.write(switchingAnswer(head.toString('latin1'))))
  })
  const sidecar = await startSidecar(t, { origin: service.origin })
  for (const extensions of [
    'constructor',
    '__proto__',
    'toString; hasOwnProperty=1',
    `x${', y'.repeat(500)}`,
  ]) {
    const client = await sidecar.connect()
    const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
    client.send(upgradeRequest('/socket', `${bearer}Sec-WebSocket-Extensions: ${extensions}\r\n`))
    t.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /)
    client.hangUp()
  }
})
