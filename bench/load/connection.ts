import type { Socket } from 'node:net'
import { connect } from 'node:net'

export type Answered = (status: number, body: string) => void

/**
 * One keep-alive connection that carries one request at a time. It reads the least of HTTP/1.1 that answers with a
 * Content-Length need, so that the load costs little beside what it measures.
 */
export class Connection {
  readonly #socket: Socket
  readonly #onBroken: (connection: Connection) => void
  #received = ''
  #waiting: Answered | null = null

  constructor(port: number, onBroken: (connection: Connection) => void) {
    this.#onBroken = onBroken
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', chunk => this.#read(chunk as unknown as string))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#broken())
  }

  send(request: string, answered: Answered): void {
    this.#waiting = answered
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    this.#received += chunk
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(this.#received.slice(0, headEnd + 2))
    const bodyEnd = headEnd + 4 + Number(length?.[1] ?? 0)
    if (this.#received.length < bodyEnd) return
    const status = Number(this.#received.slice(9, 12))
    const body = this.#received.slice(headEnd + 4, bodyEnd)
    this.#received = this.#received.slice(bodyEnd)
    this.#answer(status, body)
  }

  #broken(): void {
    this.#onBroken(this)
    this.#answer(0, '')
  }

  #answer(status: number, body: string): void {
    const answered = this.#waiting
    this.#waiting = null
    answered?.(status, body)
  }
}
