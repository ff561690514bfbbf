import type { IncomingMessage } from 'node:http'
import { createServer, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { asksToClose } from '../http1/hop-by-hop.ts'
import { refusedBy } from '../http1/rules.ts'
import type { Clock } from '../lib/clock.ts'
import { headerCount, headerValue } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import { ConnectionsPerAddress } from '../limit/connections-per-address.ts'
import type { Tunnel } from '../upstream/port.ts'
import { ClientSide } from './client-side.ts'
import type { ConnectionBounds, ServerLife } from './connection.ts'
import { Connection } from './connection.ts'
import { drain, stop } from './drain.ts'
import type { Arrival, Exchange } from './exchange.ts'
import { exchangeOf } from './exchange-of.ts'
import type { RefusalCode } from './refusal.ts'
import type { ParserError } from './refusal-bytes.ts'
import { refusalBytes, refusalOfParserError } from './refusal-bytes.ts'
import { ResponseReply } from './reply.ts'

export type TrafficServerOptions = {
  /** The pipeline. Its promise resolves once the exchange is answered and recorded. */
  readonly handle: (exchange: Exchange) => Promise<void>
  /** Called for every upgrade that is asked for; opens nothing by itself. */
  readonly openTunnel: (request: IncomingMessage, socket: Duplex, head: Buffer) => Tunnel
  readonly clock: Clock
  readonly bounds: TrafficBounds
  readonly newRequestId: () => string
  readonly events: TrafficEvents
}

export type TrafficBounds = ConnectionBounds & {
  readonly connectionsMax: number
  /** Of those, from one address; see limit/address-key.ts. */
  readonly connectionsPerAddressMax: number
}

export type TrafficEvents = {
  /** What never became a request, or its body, was refused: no exchange tells of it. */
  readonly onHeadRefused: (refused: Refused<RefusalCode>, requestId: string) => void
  /** A connection was turned away because there are too many, of all or of its address. */
  readonly onConnectionRefused: (of: 'all' | 'address') => void
  /** `handle` or the transport itself broke its promise; the connection was cut. */
  readonly onBroken: (error: unknown) => void
}

export type TrafficServer = {
  readonly listen: (host: string, port: number) => Promise<void>
  readonly address: () => AddressInfo
  /** True from the first moment of a drain on: readiness reads it. */
  readonly isDraining: () => boolean
  /** See drain.ts. A second call, or `close`, during a drain shortens it. */
  readonly drain: (delayMs: number, timeoutMs: number) => Promise<void>
  /** Cuts everything at once. */
  readonly close: () => Promise<void>
}

/**
 * The traffic port: turns HTTP/1.1 connections into exchanges and leaves every decision to the pipeline.
 *
 * node:http parses strictly and is bound tighter than by default; what it forgives, a watch on the same bytes finds
 * (http1/request-watch.ts). It neither refuses nor answers by itself where our stages can: a missing Host, an unknown
 * expectation, an upgrade and CONNECT all become exchanges, so that each is answered and recorded as any other request.
 */
export function createTrafficServer(options: TrafficServerOptions): TrafficServer {
  const { bounds, clock, events, handle } = options
  const life: ServerLife = { draining: false, closing: false }
  const connections = new Map<Duplex, Connection>()
  const addresses = new ConnectionsPerAddress(bounds.connectionsPerAddressMax)
  const emptied = Promise.withResolvers<void>()
  let handling = 0
  let closed = false

  const server = createServer({
    maxHeaderSize: bounds.headerBytesMax,
    headersTimeout: bounds.headTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, bounds.headTimeoutMs),
    // Bodies are watched piece by piece: a long upload is not a slow one.
    requestTimeout: 0,
    keepAliveTimeout: bounds.keepAliveMs,
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  })
  // Any other number silently drops the fields beyond it; receive counts them and refuses.
  server.maxHeadersCount = 0
  server.maxConnections = bounds.connectionsMax

  server.on('connection', onConnection)
  server.on('request', (request, response) => onRequest(request, response, false))
  server.on('checkContinue', (request, response) => onRequest(request, response, true))
  server.on('checkExpectation', (request, response) => onRequest(request, response, false))
  server.on('upgrade', onTaken)
  server.on('connect', onTaken)
  server.on('clientError', onClientError)
  server.on('drop', () => events.onConnectionRefused('all'))

  function onConnection(socket: Socket): void {
    const connection = new Connection(socket, clock, bounds, life)
    const { address } = connection.peer
    if (!addresses.enter(address)) {
      socket.destroy()
      events.onConnectionRefused('address')
      return
    }
    connections.set(socket, connection)
    // Before node's own listener: nothing is taken from these bytes that was not looked at.
    socket.prependListener('data', (chunk: Buffer) => {
      const flaw = connection.look(chunk)
      if (flaw !== null) breakOff(connection, socket, flaw)
      else if (connection.endlessFlaw !== null) queueMicrotask(() => breakOffEndless(connection, socket))
    })
    socket.once('close', () => {
      connections.delete(socket)
      addresses.leave(address)
      connection.leave()
      tellWhenEmpty()
    })
  }

  function onRequest(request: IncomingMessage, response: ServerResponse, heldBack: boolean): void {
    const connection = connections.get(request.socket)
    const flaw = connection?.judgeNext() ?? null
    if (connection?.takesMore !== true) {
      connection?.takeNoMore()
      return
    }
    run(connection, request, response, { announced: announcesBody(request), heldBack, flaw }, null)
  }

  /** An upgrade or CONNECT: node:http has let go of the socket, and what follows the head is no request any more. */
  function onTaken(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = connections.get(socket)
    const flaw = connection?.judgeNext() ?? null
    if (connection?.takesMore !== true || connection.open.length > 0) {
      // Behind unanswered requests there is no place to answer an upgrade from.
      socket.destroy()
      return
    }
    connection.takeNoMore()
    socket.on('error', () => socket.destroy())
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(request.socket)
    // node:http tells a response of this only on sockets that it still holds itself.
    socket.on('drain', () => response.emit('drain'))
    const tunnel = request.method === 'CONNECT' ? null : options.openTunnel(request, socket, head)
    run(connection, request, response, { announced: false, heldBack: false, flaw }, tunnel)
  }

  function run(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    seen: Seen,
    tunnel: Tunnel | null,
  ): void {
    const client = new ClientSide()
    const reply = new ResponseReply(connection, request, response, seen)
    const exchange = exchangeOf(arrivalOf(request, connection, seen), reply, client, tunnel)
    connection.add({ exchange, request, response, client })
    if (asksToClose(request.rawHeaders)) connection.takeNoMore()
    response.once('finish', () => connection.settle(response))
    serve(exchange)
  }

  async function serve(exchange: Exchange): Promise<void> {
    handling += 1
    try {
      await handle(exchange)
    } catch (error) {
      events.onBroken(error)
      exchange.reply.abort()
    } finally {
      handling -= 1
      tellWhenEmpty()
    }
  }

  function arrivalOf(request: IncomingMessage, connection: Connection, seen: Seen): Arrival {
    return {
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      headers: request.rawHeaders,
      flaw: seen.flaw,
      body: seen.announced ? request : null,
      peer: connection.peer,
      atMs: clock.nowMs(),
      startedMs: clock.elapsedMs(),
    }
  }

  function onClientError(error: ParserError, socket: Duplex): void {
    const connection = connections.get(socket)
    const refused = connection?.flawAhead ?? refusalOfParserError(error)
    if (refused === null || connection === undefined || !socket.writable) socket.destroy()
    else breakOff(connection, socket, refused)
  }

  /**
   * What arrived is not HTTP, or not in time. Only where no answer is open, or the open one's own body is broken and
   * nothing of the answer is out, may bytes be written here: elsewhere they would pass for the answer to another request.
   * An answer that had not waited for that body, because it refused the request, is let out, and so are those that wait
   * before it.
   */
  function breakOff(connection: Connection, socket: Duplex, refused: Refused<RefusalCode>): void {
    const { open } = connection
    connection.takeNoMore()
    if (open.length === 0) refuse(connection, refused)
    else if (open.at(-1)!.request.complete) return
    else if (open.length === 1 && !open[0]!.response.headersSent) refuse(connection, refused)
    else if (!connection.stopLinger() && !connection.abandonNewest()) socket.destroy()
  }

  /** By now node's parser has made its requests of what stood before. */
  function breakOffEndless(connection: Connection, socket: Duplex): void {
    const flaw = connection.endlessFlaw
    if (flaw !== null) breakOff(connection, socket, flaw)
  }

  function refuse(connection: Connection, refused: Refused<RefusalCode>): void {
    const requestId = options.newRequestId()
    if (connection.refuse(refusalBytes(refused.refused, requestId))) events.onHeadRefused(refused, requestId)
  }

  function watchConnections(): void {
    for (const [socket, connection] of connections) {
      if (connection.isIdleTooLong()) socket.destroy()
      if (!connection.isStalled()) continue
      if (connection.open.length === 1 && !connection.open[0]!.response.headersSent)
        refuse(connection, bodyStalled)
      else socket.destroy()
    }
    if (!closed) clock.after(Math.min(1000, bounds.bodyPace.idleMs / 4), watchConnections)
  }

  function stopListening(): void {
    if (life.closing) return
    life.closing = true
    server.close(() => {
      closed = true
      tellWhenEmpty()
    })
    for (const connection of connections.values()) connection.closeIfUnused()
  }

  function cut(): void {
    for (const connection of connections.values()) connection.cut()
  }

  function tellWhenEmpty(): void {
    if (closed && handling === 0 && connections.size === 0) emptied.resolve()
  }

  function announce(): void {
    life.draining = true
  }

  const drainable = { announce, stopListening, cut, emptied: emptied.promise }
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          server.on('error', events.onBroken)
          watchConnections()
          resolve()
        })
      }),
    address: () => server.address() as AddressInfo,
    isDraining: () => life.draining,
    drain: (delayMs, timeoutMs) => drain(drainable, clock, delayMs, timeoutMs),
    close: () => stop(drainable, clock),
  }
}

/** What the transport knows of a request beside what it says. */
type Seen = {
  readonly announced: boolean
  readonly heldBack: boolean
  readonly flaw: Arrival['flaw']
}

const bodyStalled = refusedBy('http-body-time')

/** Whether a body follows the head. What is wrong with its length is for receive to say. */
function announcesBody(request: IncomingMessage): boolean {
  const length = headerValue(request.rawHeaders, 'content-length')
  return (length !== null && length !== '0') || headerCount(request.rawHeaders, 'transfer-encoding') > 0
}
