import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RequestWatch } from '../http1/request-watch.ts'
import type { HttpRefusalCode } from '../http1/rules.ts'
import { refusedBy } from '../http1/rules.ts'
import type { Clock } from '../lib/clock.ts'
import type { Refused } from '../lib/refused.ts'
import type { BodyPace } from '../route/rule.ts'
import { goingAway } from '../upstream/farewell.ts'
import type { ClientSide } from './client-side.ts'
import type { Exchange } from './exchange.ts'

/** One exchange that has been taken from a connection and is not over. */
export type OpenExchange = {
  readonly exchange: Exchange
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly client: ClientSide
}

export type ConnectionBounds = {
  readonly headerBytesMax: number
  /** From its first byte to its last. */
  readonly headTimeoutMs: number
  /** Until the first byte of another head. */
  readonly keepAliveMs: number
  /** Requests of one connection that may wait for their answer at a time; those beyond are left unanswered. */
  readonly pipelinedMax: number
  /** How long, and how much of, a body that nobody wants is read, so that the answer arrives. */
  readonly lingerMs: number
  readonly lingerBytesMax: number
  /** Of a request body whose route is not known, or not yet. */
  readonly bodyPace: BodyPace
}

/** What a client can go on with for ever without that node's parser makes a request of it, or an error. */
const endless: ReadonlySet<string | null> = new Set(['http-empty-lines', 'headers-size'])

/** How far the server is on its way to stop; one object that all its connections read. */
export type ServerLife = {
  /** Answers say that their connection closes. */
  draining: boolean
  /** Nothing is accepted any more; a connection ends with its last open exchange. */
  closing: boolean
}

/**
 * One client connection: what is open on it, in the order the answers must go out, and whether more may come.
 *
 * Once it takes no more, later requests of the client are neither decided nor answered, which is what closing a
 * connection means to them (RFC 9112 §9.6); what is open is answered, then the socket closes.
 */
export class Connection {
  readonly peer: Exchange['arrival']['peer']
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #bounds: ConnectionBounds
  readonly #life: Readonly<ServerLife>
  readonly #open: OpenExchange[] = []
  readonly #watch: RequestWatch
  /** Requests that node's parser made of the bytes, served or not. */
  #requests = 0
  #takesMore = true
  #stopLinger: (() => void) | null = null
  #bytesRead = 0
  #readAtMs: number
  #idleAtMs: number

  constructor(socket: Socket, clock: Clock, bounds: ConnectionBounds, life: Readonly<ServerLife>) {
    const encrypted = 'encrypted' in socket && socket.encrypted === true
    this.peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, encrypted }
    this.#socket = socket
    this.#clock = clock
    this.#bounds = bounds
    this.#life = life
    this.#watch = new RequestWatch(bounds.headerBytesMax)
    this.#readAtMs = clock.elapsedMs()
    this.#idleAtMs = this.#readAtMs
  }

  get open(): readonly OpenExchange[] {
    return this.#open
  }

  get takesMore(): boolean {
    return this.#takesMore && this.#open.length < this.#bounds.pipelinedMax
  }

  /**
   * Looks at bytes before node's parser does.
   *
   * @returns what is wrong with them, where they belong to the body of a request that has been taken already
   */
  look(chunk: Buffer): Refused<HttpRefusalCode> | null {
    const before = this.#watch.flaw
    this.#watch.take(chunk)
    const { flaw } = this.#watch
    return flaw !== before && flaw !== null && flaw.message <= this.#requests ? flaw.refused : null
  }

  /** What was found wrong with bytes that will become no request, once node's parser has had them. */
  get endlessFlaw(): Refused<HttpRefusalCode> | null {
    const ahead = this.flawAhead
    return ahead !== null && endless.has(ahead.rule) ? ahead : null
  }

  /** Another request has been made of the bytes. @returns what is wrong with its own, or that it is not one at all */
  judgeNext(): Refused<HttpRefusalCode> | null {
    this.#requests += 1
    const { flaw, heads } = this.#watch
    if (flaw !== null) return flaw.message <= this.#requests ? flaw.refused : null
    return heads !== null && heads < this.#requests ? refusedBy('http-out-of-step') : null
  }

  /** What was found wrong with bytes that have become no request yet. */
  get flawAhead(): Refused<HttpRefusalCode> | null {
    const { flaw } = this.#watch
    return flaw !== null && flaw.message === this.#requests + 1 ? flaw.refused : null
  }

  add(entry: OpenExchange): void {
    this.#open.push(entry)
    this.#bytesRead = this.#socket.bytesRead
    this.#readAtMs = this.#clock.elapsedMs()
  }

  /** After this one, nothing is taken from the connection. */
  takeNoMore(): void {
    this.#takesMore = false
  }

  /** Whether the answer must say `Connection: close`: it is the last one that goes out. */
  closesAfter(response: ServerResponse): boolean {
    if (this.#takesMore && !this.#life.draining) return false
    return this.#open.at(-1)?.response === response
  }

  /** One answer is out. Closes the socket after the last one, also where its head still promised to keep it open. */
  settle(response: ServerResponse): void {
    const at = this.#open.findIndex(entry => entry.response === response)
    if (at !== -1) this.#open.splice(at, 1)
    this.#idleAtMs = this.#clock.elapsedMs()
    if (this.#open.length === 0 && (!this.#takesMore || this.#life.closing)) this.#socket.destroySoon()
  }

  /** The socket has closed: whoever is still answering learns that nobody listens. */
  leave(): void {
    this.takeNoMore()
    for (const entry of this.#open.splice(0)) entry.client.leave()
  }

  /**
   * Writes a whole answer and closes, for what never became a request, or whose body broke before it was answered. The
   * answer of an open exchange has no way out any more; its pipeline learns that the client is gone.
   *
   * @returns false when the connection was already ending
   */
  refuse(bytes: string): boolean {
    if (this.#socket.writableEnded) return false
    this.takeNoMore()
    for (const { response } of this.#open) if (response.socket !== null) response.detachSocket(this.#socket)
    this.leave()
    this.#socket.end(bytes)
    this.#socket.once(
      'close',
      this.#clock.after(this.#bounds.lingerMs, () => this.#socket.destroy()),
    )
    return true
  }

  /** Closes it if nothing was ever sent on it; node:http closes by itself what is idle between two requests. */
  closeIfUnused(): void {
    if (this.#socket.bytesRead === 0) this.#socket.destroy()
  }

  /** Closes it now, in the name of a drain that has waited long enough; a WebSocket is told before. */
  cut(): void {
    let closes = false
    for (const { exchange } of this.#open) {
      exchange.outcome.aborted ??= 'drain'
      closes ||= exchange.tunnel?.close(goingAway) ?? false
    }
    if (!closes) this.#socket.destroy()
  }

  /** Reads on for a while and throws away, then runs `done`, once. */
  linger(request: IncomingMessage, done: () => void): void {
    let left = this.#bounds.lingerBytesMax
    let over = false
    const stop = () => {
      if (over) return
      over = true
      this.#stopLinger = null
      cancel()
      done()
    }
    this.#stopLinger = stop
    const cancel = this.#clock.after(this.#bounds.lingerMs, stop)
    request.on('data', (chunk: Uint8Array) => {
      left -= chunk.length
      if (left < 0) stop()
    })
    request.once('close', stop)
    request.once('end', stop)
    request.resume()
  }

  /**
   * Nothing more of a body that is read and thrown away can come: its answer, which is out already, ends now.
   *
   * @returns false when no such body was being read
   */
  stopLinger(): boolean {
    const stop = this.#stopLinger
    if (stop === null) return false
    stop()
    return true
  }

  /**
   * The newest exchange, whose body is broken, gets no answer; those before it do, and the connection closes after them.
   *
   * @returns false when there are none, or the last of them has promised already that more will follow
   */
  abandonNewest(): boolean {
    const before = this.#open.at(-2)
    if (before === undefined || before.response.headersSent) return false
    this.takeNoMore()
    this.#open.pop()!.client.leave()
    return true
  }

  /**
   * Whether nothing has become a request for longer than it could take. node:http counts its own two times anew with
   * every byte, also with those that begin nothing: an empty line now and then would keep a connection for ever.
   */
  isIdleTooLong(): boolean {
    const { keepAliveMs, headTimeoutMs } = this.#bounds
    return this.#open.length === 0 && this.#clock.elapsedMs() - this.#idleAtMs > keepAliveMs + headTimeoutMs
  }

  /** Whether the client has stopped, or slowed to next to nothing, in the middle of a body that we would read. */
  isStalled(): boolean {
    const newest = this.#open.at(-1)
    const nowMs = this.#clock.elapsedMs()
    const bytesRead = this.#socket.bytesRead
    const isUploading =
      newest !== undefined && newest.exchange.arrival.body !== null && !newest.request.complete
    const weWait = isUploading && newest.request.readableLength < newest.request.readableHighWaterMark
    const { idleMs, bytesPerSecondMin } = newest?.exchange.route?.rule.bodyPace ?? this.#bounds.bodyPace
    const bytesMin = Math.max(1, (bytesPerSecondMin * idleMs) / 1000)
    if (!weWait || bytesRead - this.#bytesRead >= bytesMin) {
      this.#bytesRead = bytesRead
      this.#readAtMs = nowMs
      return false
    }
    return idleMs > 0 && nowMs - this.#readAtMs >= idleMs
  }
}
