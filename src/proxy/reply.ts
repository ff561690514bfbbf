import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { Connection } from './connection.ts'
import type { Reply } from './exchange.ts'
import { answerFields, trailerFields } from './reply-fields.ts'

/**
 * Writes one answer through node:http, which frames it. Reads as much of an unread body as `Connection.linger` allows
 * before it ends, because a connection that is closed with unread bytes takes the answer back (RFC 9112 §9.6).
 */
export class ResponseReply implements Reply {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Connection
  /** Whether the head announced a body. */
  readonly #hasBody: boolean
  /** The client holds its body back until it reads 100. */
  #bodyIsHeldBack: boolean
  #closes = false
  #wrote = false
  #ended = false

  constructor(
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    body: { readonly announced: boolean; readonly heldBack: boolean },
  ) {
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.#hasBody = body.announced
    this.#bodyIsHeldBack = body.heldBack
  }

  get begun(): boolean {
    return this.#response.headersSent
  }

  inform(status: number, headers: HeaderList): void {
    // HTTP/1.0 knows no interim answer (RFC 9110 §15.2); 101 is the tunnel's to send.
    if (this.begun || this.#response.destroyed || this.#request.httpVersionMinor === 0 || status === 101)
      return
    if (status === 100) {
      if (this.#bodyIsHeldBack) this.#response.writeContinue()
      this.#bodyIsHeldBack = false
    } else {
      attempt(() => this.#response.writeInformation(status, answerFields(headers, status) as string[]))
    }
  }

  begin(status: number, headers: HeaderList): void {
    if (this.begun) throw new Fault('INTERNAL', 'answer a request twice', { status })
    if (!(status >= 200 && status <= 599)) throw new Fault('INTERNAL', 'answer with a status', { status })
    const response = this.#response
    const closes = this.#closes || this.#bodyIsUntouched() || this.#connection.closesAfter(response)
    if (closes) response.shouldKeepAlive = false
    try {
      // Named each time: node:http would keep the phrase of a head that could not be written.
      response.writeHead(status, STATUS_CODES[status] ?? '', answerFields(headers, status) as string[])
    } catch (error) {
      response.shouldKeepAlive = false
      throw new Fault('INTERNAL', 'write the head of an answer', { status }, error)
    }
    if (!response.shouldKeepAlive) this.#connection.takeNoMore()
    // The head of a stream must not wait for its first event; one write is enough where the body is there already.
    queueMicrotask(() => {
      if (!this.#wrote && !this.#ended && !response.destroyed) response.flushHeaders()
    })
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended || this.#response.destroyed || chunk.length === 0) return true
    this.#wrote = true
    return this.#response.write(chunk)
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener)
  }

  end(trailers: HeaderList): void {
    if (this.#ended || this.#response.destroyed) return
    this.#ended = true
    if (!this.#bodyIsUnread()) {
      this.#finish(trailers)
      return
    }
    this.#connection.takeNoMore()
    if (this.#bodyIsHeldBack) this.#finish(trailers)
    else {
      if (!this.#wrote) this.#response.flushHeaders()
      this.#connection.linger(this.#request, () => this.#finish(trailers))
    }
  }

  abort(): void {
    const { socket } = this.#response
    this.#ended = true
    // A body that ends with the connection would look whole after an ordinary end. A socket that was ended already cannot
    // be reset any more: Node 24 then never lets go of it.
    const untilClose = this.begun && !this.#response.chunkedEncoding && !this.#response.shouldKeepAlive
    if (untilClose && socket !== null && !socket.writableEnded) socket.resetAndDestroy()
    else this.#response.destroy()
  }

  closeAfter(): void {
    this.#closes = true
    this.#connection.takeNoMore()
  }

  #finish(trailers: HeaderList): void {
    const response = this.#response
    if (response.destroyed) return
    if (trailers.length > 0 && response.chunkedEncoding) {
      const fields = trailerFields(trailers)
      attempt(() => response.addTrailers(fields))
    }
    response.end()
  }

  #bodyIsUnread(): boolean {
    return this.#hasBody && !this.#request.complete
  }

  /** Nobody has begun to read it, so nobody will: what is left of it cannot be told from a next request's head. */
  #bodyIsUntouched(): boolean {
    return this.#bodyIsUnread() && this.#request.readableFlowing === null
  }
}

/** A 1xx or a trailer that cannot be written is left out: the answer does not depend on it. */
function attempt(write: () => void): void {
  try {
    write()
  } catch {
    // node:http validated the names and values before it wrote anything.
  }
}
