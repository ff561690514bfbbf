import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import { createDemoEvents } from './demo-events.ts'
import { createDemoNotes } from './demo-notes.ts'

export type DemoUpstreamOptions = { readonly host: string; readonly port: number; readonly clock: Clock }

export type DemoUpstream = { readonly url: string; readonly close: () => Promise<void> }

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/**
 * A small service to stand behind a sidecar: it believes the tenant it is told and shows what reached it. Its idle
 * connections close after 5 s, as uvicorn's do.
 */
export async function startDemoUpstream(options: DemoUpstreamOptions): Promise<DemoUpstream> {
  const notes = createDemoNotes(options.clock)
  const events = createDemoEvents(options.clock)
  const routes: readonly (readonly [method: string, path: RegExp, answer: Answer])[] = [
    ['GET', /^\/health$/, (_, response) => json(response, 200, { status: 'healthy' })],
    ['GET', /^\/whoami$/, (request, response) => json(response, 200, headersOf(request))],
    ['GET', /^\/(tenants|workspaces)\/[^/]+\/notes$/, notes.list],
    ['POST', /^\/notes$/, notes.add],
    ['GET', /^\/events$/, events],
    ['POST', /^\/echo$/, echo],
  ]
  const server = createServer((request, response) => {
    const path = request.url!.split('?', 1)[0]!
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const found = routes.find(route => route[0] === method && route[1].test(path))
    if (found === undefined) json(response, 404, { error: 'no such path' })
    else found[2](request, response)
  })
  server.keepAliveTimeout = 5000
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 })
  sockets.on('connection', socket => {
    socket.on('error', () => socket.terminate())
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.url!.split('?', 1)[0] !== '/socket')
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
    else sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened, request))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { address, port, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const type = request.headers['content-type'] ?? 'application/octet-stream'
  response.writeHead(200, { 'Content-Type': type })
  response.flushHeaders()
  request.on('error', () => response.destroy())
  request.pipe(response)
}

/** As they came, several of one name joined: what a service behind the sidecar has to go by. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headersDistinct).map(([name, values]) => [name, values!.join(', ')])
  return Object.fromEntries(entries)
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
}
