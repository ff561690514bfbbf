import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** One end of a TCP connection whose bytes a test writes and reads itself, as latin1 text. */
export type RawPeer = {
  readonly socket: Socket
  readonly write: (text: string) => void
  /** All that has arrived so far. */
  readonly text: () => string
  /** Resolves with all that has arrived, once it includes `part`. */
  readonly until: (part: string) => Promise<string>
  /** Resolves with all that has arrived, once the connection is closed. */
  readonly closed: Promise<string>
}

export type RawService = {
  readonly port: number
  readonly origin: string
  /** The connection with this number, from 0 on, in the order they came. */
  readonly connection: (index: number) => Promise<RawPeer>
  readonly count: () => number
}

export type Teardown = { teardown: (done: () => unknown) => void }

/** A service made of bytes: `serve` runs for every connection, its number counted from 0. */
export async function startRawService(
  t: Teardown,
  serve: (peer: RawPeer, index: number) => unknown = () => {},
): Promise<RawService> {
  const peers: RawPeer[] = []
  const waiting: (() => void)[] = []
  const server = createServer(socket => {
    const peer = rawPeer(socket)
    peers.push(peer)
    for (const wake of waiting.splice(0)) wake()
    serve(peer, peers.length - 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const { socket } of peers) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    count: () => peers.length,
    connection: async index => {
      while (peers.length <= index) await new Promise<void>(resolve => waiting.push(resolve))
      return peers[index]!
    },
  }
}

export async function connectRaw(t: Teardown, port: number): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  const peer = rawPeer(socket)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return peer
}

export function rawPeer(socket: Socket): RawPeer {
  let text = ''
  const waiting = new Set<() => void>()
  socket.on('error', () => {})
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    for (const check of waiting) check()
  })
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(text)))
  return {
    socket,
    closed,
    text: () => text,
    write: written => {
      socket.write(written, 'latin1')
    },
    until: part =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!text.includes(part)) return
          waiting.delete(check)
          resolve(text)
        }
        waiting.add(check)
        socket.once('close', () => reject(new Error(`closed before ${JSON.stringify(part)} came`)))
        check()
      }),
  }
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
