import type { CancelTimer, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { CancelUpstream, UpstreamReceiver } from '../upstream/port.ts'
import type { Exchange } from './exchange.ts'
import type { Endable } from './open-streams.ts'
import { answerFields } from './reply-fields.ts'
import type { ServiceFields } from './service-fields.ts'
import type { Denial } from './verdict.ts'

type Cut = 'client' | 'overflow' | 'revoked'

const noEvent = () => {}

/** The way back: hands the service's answer to the client piece by piece, and knows which side broke it off. */
export class Passage implements UpstreamReceiver, Endable {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #fields: ServiceFields
  readonly #clientStallMs: number
  readonly #startedMs: number
  #cancel: CancelUpstream = noEvent
  #stopTimer: CancelTimer = noEvent
  #cut: Cut | null = null
  #withdrawn: Denial | Fault | null = null
  #over = false

  constructor(exchange: Exchange, clock: Clock, fields: ServiceFields, clientStallMs: number) {
    this.#exchange = exchange
    this.#clock = clock
    this.#fields = fields
    this.#clientStallMs = clientStallMs
    this.#startedMs = clock.elapsedMs()
  }

  /** Why it was cut from this side; null while it was not. */
  get cut(): Cut | null {
    return this.#cut
  }

  /** What it was withdrawn for, where that is why it was cut. */
  get withdrawn(): Denial | Fault | null {
    return this.#withdrawn
  }

  onCancel(cancel: CancelUpstream): void {
    this.#cancel = cancel
  }

  clientLeft(): void {
    this.#break('client')
  }

  /** The request body grew past its bound. */
  overflow(): void {
    this.#break('overflow')
  }

  /** What let the request through holds no more. */
  withdraw(why: Denial | Fault): void {
    if (this.#over || this.#cut !== null) return
    this.#withdrawn = why
    this.#break('revoked')
  }

  /** No answer came: how long that took to find out. */
  note(): void {
    const { outcome } = this.#exchange
    if (outcome.upstreamStatus === 0) outcome.upstreamMs = this.#clock.elapsedMs() - this.#startedMs
  }

  over(): void {
    this.#over = true
    this.#stopTimer()
  }

  onInform(status: number, headers: HeaderList): void {
    if (!this.#exchange.client.gone) this.#exchange.reply.inform(status, this.#fields.rest(headers))
  }

  /** The head of a tunnel: the service agreed to switch protocols. */
  switching(headers: HeaderList): HeaderList {
    const { outcome } = this.#exchange
    outcome.status = 101
    outcome.upstreamStatus = 101
    outcome.upstreamMs = this.#clock.elapsedMs() - this.#startedMs
    return answerFields(this.#fields.head(this.#exchange, 101, headers), 101)
  }

  onHead(status: number, headers: HeaderList): void {
    const { outcome, reply } = this.#exchange
    outcome.upstreamStatus = status
    outcome.upstreamMs = this.#clock.elapsedMs() - this.#startedMs
    try {
      reply.begin(status, this.#fields.head(this.#exchange, status, headers))
    } catch {
      throw new Fault('UPSTREAM_BROKEN', 'pass on the head of an answer', { status, reason: 'HEAD_INVALID' })
    }
    outcome.status = status
  }

  onChunk(chunk: Uint8Array): boolean {
    this.#exchange.outcome.bytesOut += chunk.length
    return this.#exchange.reply.write(chunk)
  }

  onDrain(listener: () => void): void {
    this.#stopTimer = this.#clock.after(this.#clientStallMs, () => this.#break('client'))
    this.#exchange.reply.onDrain(() => {
      this.#stopTimer()
      listener()
    })
  }

  onEnd(trailers: HeaderList): void {
    this.#exchange.reply.end(this.#fields.rest(trailers))
  }

  #break(by: Cut): void {
    if (this.#over || this.#cut !== null) return
    this.#cut = by
    this.#cancel()
  }
}
