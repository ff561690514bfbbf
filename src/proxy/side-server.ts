import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a side port answers. */
export type SideAnswer = { readonly status: number; readonly type: string; readonly body: string }

export type SideServerOptions = {
  /** By exact path. The connection of one that takes longer than the deadline is cut. */
  readonly routes: ReadonlyMap<string, () => SideAnswer | Promise<SideAnswer>>
  /** Asked before the routes; an answer ends the request. */
  readonly guard: (request: IncomingMessage) => SideAnswer | null
  readonly onFailure: (path: string, error: unknown) => void
}

/** A port beside the traffic. `listen` resolves with the bound address, `close` when every connection is gone. */
export type SideServer = {
  readonly listen: (host: string, port: number) => Promise<AddressInfo>
  readonly close: () => Promise<void>
}

const headBytesMax = 8192
const connectionsMax = 64
const deadlineMs = 5000

/**
 * A small strict server for the ports beside the traffic: exact paths, GET and HEAD, no request bodies, few connections
 * and short deadlines, as nothing that talks to it has a reason to be slow.
 */
export function createSideServer(options: SideServerOptions): SideServer {
  const server = createServer({
    maxHeaderSize: headBytesMax,
    headersTimeout: deadlineMs,
    requestTimeout: deadlineMs,
    keepAliveTimeout: deadlineMs,
    connectionsCheckingInterval: 1000,
  })
  server.maxConnections = connectionsMax
  server.maxHeadersCount = 50
  server.on('request', (request, response) => {
    response.setTimeout(deadlineMs, () => request.socket.destroy())
    void respond(options, request, response)
  })
  return {
    listen: (host, port) => listen(server, host, port),
    close: () => close(server),
  }
}

async function respond(
  options: SideServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? ''
  let answer: SideAnswer
  try {
    answer = refusalOf(request) ?? options.guard(request) ?? (await answerOf(options, path))
  } catch (error) {
    options.onFailure(options.routes.has(path) ? path : 'unknown', error)
    answer = plain(500, 'failed')
  }
  if (response.destroyed) return
  // What follows a refused request on its connection may be that request's body.
  if (answer.status >= 400) response.shouldKeepAlive = false
  const body = Buffer.from(answer.body)
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function refusalOf(request: IncomingMessage): SideAnswer | null {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET and HEAD')
  const { headers } = request
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  return hasBody ? plain(413, 'no body is read here') : null
}

function answerOf(options: SideServerOptions, path: string): SideAnswer | Promise<SideAnswer> {
  const handler = options.routes.get(path)
  return handler === undefined ? plain(404, 'not here') : handler()
}

export function plain(status: number, text: string): SideAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
