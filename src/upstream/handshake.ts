import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServerOptions } from 'http-proxy-3'
import { createProxyServer } from 'http-proxy-3'
import type { CancelTimer } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { CloseCode } from './farewell.ts'
import { Farewell } from './farewell.ts'
import type { TunnelEnd, TunnelRequest } from './port.ts'
import type { TunnelOptions } from './tunnel.ts'
import { upstreamFault } from './upstream-fault.ts'
import { flawOfWebSocketAnswer } from './websocket-answer.ts'

type Join = (answer: IncomingMessage, service: Socket, head: Buffer) => void

const noEvent = () => {}

/** How long a WebSocket that we close may take; less than what a drain waits for what it has cut. */
const farewellMs = 500

/** Asked by TCP of a side that says nothing: one that vanished without a word must not hold its place for hours. */
const silentMs = 30_000

/**
 * One upgrade, from the request to the closing of both sides.
 *
 * http-proxy-3 connects, asks and joins the sockets. It would also rewrite the path by URL rules, fold duplicate fields
 * into an object, pass every field of the answer on, write an answer without watching the client's pace, cut the client
 * when the service cannot be reached, and leave a connection attempt behind when the client goes away meanwhile. So it
 * is given a bare request, and path and fields are set on what it is about to send; its listeners for errors and for an
 * answer other than 101 are taken off, and the one for 101 runs after the answer was checked and its fields filtered.
 */
export class Handshake {
  readonly #options: TunnelOptions
  readonly #client: Duplex
  readonly #head: Buffer
  readonly #onEnd: (end: TunnelEnd) => void
  #asking: ClientRequest | null = null
  #service: Socket | null = null
  #farewell: Farewell | null = null
  #isLeaving = false
  #stopTimer: CancelTimer = noEvent
  #connected = false
  #clientIsClosed = false
  #serviceIsClosed = false
  #status = 0
  #bytesIn = 0
  #bytesOut = 0
  #fault: Fault | null = null
  #over = false

  constructor(options: TunnelOptions, client: Duplex, head: Buffer, onEnd: (end: TunnelEnd) => void) {
    this.#options = options
    this.#client = client
    this.#head = head
    this.#onEnd = onEnd
  }

  start(asked: TunnelRequest): void {
    this.#client.on('error', noEvent)
    this.#client.once('close', () => this.#clientClosed())
    if (this.#client.destroyed) {
      this.#finish()
      return
    }
    this.#stopTimer = this.#options.clock.after(this.#options.handshakeTimeoutMs, () => {
      this.#fail(new Fault('UPSTREAM_SLOW', 'wait for the service to answer an upgrade'))
    })
    try {
      this.#ask(asked)
    } catch (error) {
      this.#fail(new Fault('INTERNAL', 'write an upgrade for the service', {}, error))
    }
  }

  /** See Tunnel.close. */
  close(code: CloseCode): boolean {
    if (this.#farewell === null || this.#over) return false
    if (this.#isLeaving) return true
    this.#linger(farewellMs)
    this.#isLeaving = true
    this.#farewell.say(code)
    return true
  }

  #ask(asked: TunnelRequest): void {
    const { origin, connectTimeoutMs } = this.#options
    const settings: ServerOptions & { connectTimeout: number } = {
      target: origin,
      connectTimeout: connectTimeoutMs,
      // The one option whose content is handed to http.request as it is.
      ssl: { maxHeaderSize: this.#options.headBytesMax },
    }
    const proxy = createProxyServer(settings)
    // Errors of the client's socket come here; its closing, which follows, is what counts.
    proxy.on('error', noEvent)
    proxy.once('proxyReqWs', (asking: ClientRequest) => {
      this.#asking = asking
      asking.on('error', noEvent)
      asking.once('socket', socket => socket.once('connect', () => this.#noteConnected()))
      setRequest(asking, asked)
    })
    proxy.ws(bareRequest, this.#client as Socket, this.#head)
    const asking = this.#asking!
    const joins = asking.listeners('upgrade') as Join[]
    asking.removeAllListeners('upgrade').removeAllListeners('response').removeAllListeners('error')
    asking.on('error', error => this.#fail(upstreamFault(error, this.#connected)))
    asking.once('upgrade', (answer, service, head) => this.#switched(asked, joins, answer, service, head))
    asking.once('response', answer => this.#answered(asked, answer))
  }

  #noteConnected(): void {
    this.#connected = true
  }

  #switched(
    asked: TunnelRequest,
    joins: Join[],
    answer: IncomingMessage,
    service: Socket,
    head: Buffer,
  ): void {
    service.on('error', noEvent)
    const protocol = (answer.headers.upgrade ?? '').toLowerCase()
    const isWebSocket = answer.statusCode === 101 && protocol === 'websocket'
    const flaw = isWebSocket ? flawOfWebSocketAnswer(asked.headers, answer.rawHeaders) : 'WRONG_PROTOCOL'
    if (this.#over || flaw !== null) {
      service.destroy()
      this.#fail(broken(flaw ?? 'WRONG_PROTOCOL'))
      return
    }
    this.#stopTimer()
    this.#status = 101
    this.#service = service
    const bytesReadBefore = service.bytesRead - head.length
    const bytesWrittenBefore = service.bytesWritten
    const { closeTimeoutMs } = this.#options
    service.once('end', () => this.#linger(closeTimeoutMs))
    this.#client.once('end', () => this.#linger(closeTimeoutMs))
    service.once('close', () => {
      this.#bytesIn = service.bytesWritten - bytesWrittenBefore
      this.#bytesOut = service.bytesRead - bytesReadBefore
      if (service.errored) this.#fault = upstreamFault(service.errored, true)
      this.#client.end()
      this.#linger(closeTimeoutMs)
      this.#serviceIsClosed = true
      if (this.#clientIsClosed) this.#finish()
    })
    answer.headers = toObject([
      ...asked.switchingFields(answer.rawHeaders),
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
    ])
    // Field bytes above 0x7f stay what they were: http-proxy-3 writes the head as a string.
    this.#client.setDefaultEncoding('latin1')
    for (const join of joins) join.call(this.#asking, answer, service, head)
    for (const side of [service, this.#client as Socket]) side.setKeepAlive(true, silentMs)
    // Not before: the first one to listen sets the service's bytes going, and the client must not miss any.
    this.#farewell = new Farewell(this.#client, service)
  }

  /** Anything but 101: a plain answer. What the client has sent meanwhile is read by nobody. */
  #answered(asked: TunnelRequest, answer: IncomingMessage): void {
    const { plain } = asked
    const status = answer.statusCode!
    answer.on('error', noEvent)
    if (status < 200) {
      this.#fail(broken('WRONG_PROTOCOL'))
      return
    }
    try {
      plain.onHead(status, answer.rawHeaders)
    } catch (error) {
      this.#fail(upstreamFault(error, true))
      return
    }
    this.#status = status
    this.#watchPlain(asked.idleTimeoutMs)
    answer.on('data', (chunk: Buffer) => {
      this.#stopTimer()
      if (plain.onChunk(chunk)) this.#watchPlain(asked.idleTimeoutMs)
      else {
        answer.pause()
        plain.onDrain(() => {
          this.#watchPlain(asked.idleTimeoutMs)
          answer.resume()
        })
      }
    })
    answer.once('end', () => {
      plain.onEnd(answer.rawTrailers)
      this.#asking?.destroy()
      this.#finish()
    })
    answer.once('close', () => {
      if (!answer.complete) this.#fault ??= broken('CUT')
      this.#finish()
    })
  }

  #watchPlain(idleTimeoutMs: number): void {
    this.#stopTimer()
    if (idleTimeoutMs === 0 || this.#over) return
    this.#stopTimer = this.#options.clock.after(idleTimeoutMs, () => {
      this.#fault = new Fault('UPSTREAM_SLOW', 'read the answer to an upgrade')
      this.#asking?.destroy()
    })
  }

  /** Both sides are about to close; whoever does not in time is cut. */
  #linger(timeoutMs: number): void {
    if (this.#over || this.#isLeaving) return
    this.#stopTimer()
    this.#stopTimer = this.#options.clock.after(timeoutMs, () => {
      this.#service?.destroy()
      this.#client.destroy()
    })
  }

  /** Before anything was answered; the client's socket is left open for the refusal. */
  #fail(fault: Fault): void {
    if (this.#over || this.#status !== 0) return
    this.#fault = fault
    this.#asking?.destroy()
    this.#finish()
  }

  #clientClosed(): void {
    this.#clientIsClosed = true
    this.#asking?.destroy()
    this.#service?.destroy()
    // What went through is counted when the service's side has closed, too.
    if (this.#service === null || this.#serviceIsClosed) this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#stopTimer()
    this.#onEnd({
      status: this.#status,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      fault: this.#fault,
    })
  }
}

function broken(reason: string): Fault {
  return new Fault('UPSTREAM_BROKEN', 'read the answer to an upgrade', { reason })
}

/** What http-proxy-3 is told of the client's request: enough to pass its checks, nothing that it could send on. */
const bareRequest = {
  method: 'GET',
  url: '/',
  headers: { upgrade: 'websocket' },
  httpVersion: '1.1',
  httpVersionMajor: 1,
} as IncomingMessage

/** Path and fields exactly as they were decided on; Host stays the service's own when none is given. */
function setRequest(asking: ClientRequest, { target, headers }: TunnelRequest): void {
  if (!/^\/[\x21-\xff]*$/.test(target)) throw new Error('the target holds a character that cannot be sent')
  asking.path = target
  for (const name of asking.getHeaderNames()) {
    if (name !== 'host') asking.removeHeader(name)
  }
  const seen = new Set<string>()
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    const key = name.toLowerCase()
    if (seen.has(key)) asking.appendHeader(name, headers[index + 1]!)
    else asking.setHeader(name, headers[index + 1]!)
    seen.add(key)
  }
  asking.setHeader('Connection', 'Upgrade')
  asking.setHeader('Upgrade', 'websocket')
}

/** http-proxy-3 writes the head from an object; several fields of one name become a list. */
function toObject(fields: HeaderList): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null)
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!
    const known = object[name]
    const value = fields[index + 1]!
    if (known === undefined) object[name] = value
    else object[name] = Array.isArray(known) ? [...known, value] : [known, value]
  }
  return object
}
