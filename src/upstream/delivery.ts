import type { Dispatcher } from 'undici'
import { Fault } from '../lib/fault.ts'
import type { Carried, Connection } from './connection.ts'
import type { UpstreamReceiver } from './port.ts'
import { isClosed, isMisuse } from './upstream-fault.ts'

/** More 1xx heads than any service has reason to send; each of them also restarts the wait for the final head. */
const informsMax = 32

/** One request on its way through undici: what undici calls back while it writes, reads and gives up. */
export class Delivery implements Dispatcher.DispatchHandler, Carried {
  connection: Connection | null = null
  unfit = false
  readonly #receiver: UpstreamReceiver
  readonly #onWritten: () => void
  readonly #onDone: (error: Error | null) => void
  #controller: Dispatcher.DispatchController | null = null
  #cancelled: Fault | null = null
  #written = false
  #reused = false
  #answered = false
  #informs = 0

  /**
   * @param onWritten the request is being given to a connection
   * @param onDone called once per dispatch, whatever happened
   */
  constructor(receiver: UpstreamReceiver, onWritten: () => void, onDone: (error: Error | null) => void) {
    this.#receiver = receiver
    this.#onWritten = onWritten
    this.#onDone = onDone
  }

  /** Whether anything may have reached the service. */
  get written(): boolean {
    return this.#written
  }

  /**
   * Whether the service had closed a connection that it had left open before, and had not begun to answer: then it
   * closed for idleness while the request was under way (threat 96). undici may not even have written it: whatever waits
   * for a connection fails with it when that is reset.
   */
  lostRace(error: Error): boolean {
    const unanswered = !this.#answered && this.#cancelled === null
    return unanswered && (this.#reused || !this.#written) && isClosed(error)
  }

  cancel(reason: Fault): void {
    this.#cancelled ??= reason
    this.#controller?.abort(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#cancelled !== null) {
      controller.abort(this.#cancelled)
      return
    }
    const connection = this.connection!
    this.#written = true
    this.#reused = connection.requests > 0
    connection.requests += 1
    this.#onWritten()
  }

  onResponseStarted(): void {
    this.#answered = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const headers = flatFields(controller.rawHeaders as Buffer[])
    if (status < 200) this.#inform(status, headers)
    else {
      assertFraming(headers)
      this.#receiver.onHead(status, headers)
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#receiver.onChunk(chunk)) return
    controller.pause()
    this.#receiver.onDrain(() => controller.resume())
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    // undici takes a reset for the end of a body that only the end of the connection delimits; it may be half of one.
    if (this.connection?.socket?.errored) {
      this.#onDone(broken('SOCKET_ERRORED'))
      return
    }
    this.#receiver.onEnd(flatFields(controller.rawTrailers as Buffer[]))
    this.#onDone(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#controller = null
    this.unfit = isMisuse(error)
    this.#onDone(this.#cancelled ?? error)
  }

  #inform(status: number, headers: string[]): void {
    // No upgrade was asked for here; tunnel.ts does that.
    if (status === 101) throw broken('UNASKED_UPGRADE')
    this.#informs += 1
    if (this.#informs > informsMax) throw broken('INFORMS_TOO_MANY')
    this.#receiver.onInform(status, headers)
  }
}

/** undici undoes `chunked` and nothing else, so any other coding would reach the client as if it were the content. */
function assertFraming(headers: string[]): void {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    if (name.length !== 17 || name.toLowerCase() !== 'transfer-encoding') continue
    if (headers[index + 1]!.toLowerCase() !== 'chunked') throw broken('TRANSFER_CODING_UNKNOWN')
  }
}

function broken(reason: string): Fault {
  return new Fault('UPSTREAM_BROKEN', 'read the answer of the service', { reason })
}

/** Field bytes are kept one to one; a service may send any octet above 0x7f, and the client gets the same. */
function flatFields(raw: Buffer[]): string[] {
  const fields = new Array<string>(raw.length)
  for (let index = 0; index < raw.length; index += 1) fields[index] = raw[index]!.toString('latin1')
  return fields
}
