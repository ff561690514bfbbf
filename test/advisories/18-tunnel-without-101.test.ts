import t from 'tap'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecar } from '../support/sidecar.ts'
import { switchingAnswer, upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 18: a tunnel opens although the service did not switch protocols, or to something that is no WebSocket.
 * Advisories: CVE-2024-23326
 * Defence: only a 101 to websocket whose Sec-WebSocket-Accept proves the request was understood joins two sockets
 * (src/upstream/handshake.ts, src/upstream/websocket-answer.ts); any other answer is passed on as an answer, and closes.
 */

const plain =
  (line: string, fields = '') =>
  () =>
    `HTTP/1.1 ${line}\r\n${fields}Content-Length: 2\r\n\r\nno`

const answers: readonly (readonly [name: string, answer: (head: string) => string, status: number])[] = [
  ['200', plain('200 OK'), 200],
  ['200 that names an upgrade', plain('200 OK', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'), 200],
  ['426', plain('426 Upgrade Required', 'Upgrade: websocket\r\n'), 426],
  ['401', plain('401 Unauthorized'), 401],
  ['101 to h2c', head => switchingAnswer(head).replace('websocket', 'h2c'), 502],
  ['101 without Upgrade', head => switchingAnswer(head).replace('Upgrade: websocket\r\n', ''), 502],
  ['101 with a wrong proof', head => switchingAnswer(head).replace(/Accept: ./, 'Accept: !'), 502],
  ['101 without a proof', head => switchingAnswer(head).replace(/Sec-WebSocket-Accept.*\r\n/, ''), 502],
  [
    '101 with an extension that nobody offered',
    head => switchingAnswer(head, 'Sec-WebSocket-Extensions: constructor\r\n'),
    502,
  ],
  [
    '101 with a subprotocol that nobody offered',
    head => switchingAnswer(head, 'Sec-WebSocket-Protocol: chat\r\n'),
    502,
  ],
]

for (const [name, answer, status] of answers) {
  t.test(`an upgrade is answered by ${name}: no tunnel opens`, async t => {
    const service = await startRawService(t, peer => {
      peer.socket.once('data', (head: Buffer) => peer.write(answer(head.toString('latin1'))))
    })
    const sidecar = await startSidecar(t, { origin: service.origin })
    const client = await sidecar.connect()
    client.send(upgradeRequest('/socket', `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`))
    client.send('through the tunnel')
    t.match(await client.closed(), new RegExp(`^HTTP/1.1 ${status} `))
    const { text } = await service.connection(0)
    t.notMatch(text(), /through the tunnel/)
  })
}
