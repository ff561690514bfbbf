import type { RawPeer, Teardown } from './raw-peer.ts'
import { startRawService } from './raw-peer.ts'
import type { StrictHead, StrictRead, StrictRequest } from './strict-http.ts'
import { readHead, readRequest, readStrictly, valuesOf } from './strict-http.ts'

export type RecorderParts = {
  /** The bytes of the answer to each whole request; null answers nothing. By default echoAnswer. */
  readonly answer?: (request: StrictRequest, peer: RawPeer) => string | null
  /** Runs for each head, before its body is there: what is written here is an early answer, and `answer` is not asked. */
  readonly early?: (head: StrictHead, peer: RawPeer) => string | null
}

/** An upstream that keeps every byte it was sent. */
export type Recorder = {
  readonly origin: string
  readonly port: number
  /** What each connection brought, in the order in which they were opened. */
  readonly connections: readonly RawPeer[]
  /** Each connection, read by the strict parser. */
  readonly read: () => StrictRead[]
  /** All whole requests of all connections. */
  readonly requests: () => StrictRequest[]
  /** Everything that was received, of all connections. */
  readonly bytes: () => string
}

/** Answers each whole request with whose it is and what it was, and keeps the connection. */
export async function startRecorder(t: Teardown, parts: RecorderParts = {}): Promise<Recorder> {
  const connections: RawPeer[] = []
  const service = await startRawService(t, peer => {
    connections.push(peer)
    serve(peer, parts)
  })
  const read = () => connections.map(peer => readStrictly(peer.text()))
  return {
    origin: service.origin,
    port: service.port,
    connections,
    read,
    requests: () => read().flatMap(({ requests }) => requests),
    bytes: () => connections.map(peer => peer.text()).join(''),
  }
}

/** 200 with `tenant method target body` as its text; of a HEAD, only the head. */
export function echoAnswer(request: StrictRequest): string {
  const tenant = valuesOf(request, 'x-qlp-tenant-id').join() || 'nobody'
  const text = `${tenant} ${request.method} ${request.target} ${request.body}`
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n`
  return request.method === 'HEAD' ? head : head + text
}

/** What cannot be read strictly is kept, and left without an answer: the connection closes. */
function serve(peer: RawPeer, { answer = echoAnswer, early }: RecorderParts): void {
  let at = 0
  let answered = -1
  peer.socket.on('data', () => {
    while (at < peer.text().length) {
      if (early !== undefined && answered < at) {
        const head = readHead(peer.text(), at)
        const bytes = 'rule' in head ? null : early(head, peer)
        if (!('rule' in head)) answered = bytes === null ? answered : at
        if (bytes !== null) peer.write(bytes)
      }
      const request = readRequest(peer.text(), at)
      if ('rule' in request) {
        if (!request.rule.startsWith('cut')) peer.socket.end()
        return
      }
      const bytes = answered === at ? null : answer(request, peer)
      at = request.to
      if (bytes !== null && peer.socket.writable) peer.write(bytes)
    }
  })
}
