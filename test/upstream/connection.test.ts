import t from 'tap'
import type { Carried, Connection } from '../../src/upstream/connection.ts'
import { createPool } from '../../src/upstream/connection.ts'
import { startRawService } from '../support/raw-peer.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const none = () => {}

t.test('a request is told its connection, and a new one begins to count anew', async t => {
  const service = await startRawService(t, peer => peer.socket.on('data', () => peer.write(ok)))
  const { send } = poolTo(t, service.origin, true)
  const first = await send('/1')
  t.equal(first.connection?.requests, 1)
  const second = await send('/2')
  t.equal(second.connection, first.connection)
  t.equal(second.connection?.requests, 2)
  const closed = (await service.connection(0)).closed
  ;(await service.connection(0)).socket.destroy()
  await closed
  t.equal((await send('/3')).connection?.requests, 1)
})

t.test('without keep-alive every request has a connection of its own', async t => {
  const service = await startRawService(t, peer => peer.socket.on('data', () => peer.write(ok)))
  const { send } = poolTo(t, service.origin, false)
  await send('/1')
  await send('/2')
  t.equal(service.count(), 2)
})

t.test('an unfit request gives its place back', async t => {
  const service = await startRawService(t, peer => peer.socket.on('data', () => peer.write(ok)))
  const { send } = poolTo(t, service.origin, true)
  for (let count = 0; count < 3; count += 1) await t.rejects(send('/with space'))
  t.equal((await send('/1')).connection?.requests, 1)
})

function poolTo(t: { teardown: (done: () => unknown) => void }, origin: string, keepAlive: boolean) {
  const options = {
    origin,
    connections: 1,
    keepAliveMs: 4000,
    connectTimeoutMs: 2000,
    headBytesMax: 16_384,
  }
  const pool = createPool(options, keepAlive)
  t.teardown(() => pool.destroy())
  const send = (path: string) =>
    new Promise<Carried>((resolve, reject) => {
      const handler = {
        connection: null as Connection | null,
        unfit: false,
        onRequestStart: () => {
          handler.connection!.requests += 1
        },
        onResponseStart: none,
        onResponseData: none,
        onResponseEnd: () => resolve(handler),
        onResponseError: (_: unknown, error: Error) => {
          handler.unfit = true
          reject(error)
        },
      }
      pool.dispatch({ method: 'GET', path }, handler)
    })
  return { send }
}
