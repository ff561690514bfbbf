import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { HeaderList } from '../lib/header-list.ts'
import { createPool } from './connection.ts'
import { Delivery } from './delivery.ts'
import type { Upstream, UpstreamRequest } from './port.ts'
import { upstreamFault } from './upstream-fault.ts'

export type HttpUpstreamOptions = {
  /** Scheme, host and port of the service; no request can change it. */
  readonly origin: string
  readonly connections: number
  /** Requests that may wait while every connection is busy, and for how long. */
  readonly waitingMax: number
  readonly waitTimeoutMs: number
  /** How long an idle connection is kept; must be shorter than the service's own patience (uvicorn: 5 s). */
  readonly keepAliveMs: number
  readonly connectTimeoutMs: number
  /** Bytes of all names and values in the head of an answer. */
  readonly headBytesMax: number
  readonly clock: Clock
}

const noEvent = () => {}

/**
 * Talks HTTP/1.1 with the service through undici: one request per connection at a time, no redirects, no decompression,
 * fields byte for byte in both directions.
 *
 * What undici does by itself: a request that waits for a connection is moved to another one when that closes; bytes on
 * an idle connection close it before the next request is written (threat 16); an answer that is complete before its
 * request closes the connection (threat 15); a HEAD, and a body on a method that expects none, are never followed by
 * another request. What is added: a request without a body whose reused connection the service had closed goes out once
 * more, on a connection of its own, so that a second stale one cannot meet it (threat 96). An unasked `100 Continue`
 * counts as broken, because undici cannot read past it.
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const { clock, connections } = options
  const kept = createPool(options, true)
  const fresh = createPool(options, false)
  const activeMax = connections + options.waitingMax
  const servername = new URL(options.origin).hostname
  let active = 0

  return {
    send: (request, receiver, onCancel) =>
      new Promise((resolve, reject) => {
        // A stream that breaks while nobody reads it yet must not take the process down.
        request.body?.on('error', noEvent)
        if (active >= activeMax) return fail(unreachable('QUEUE_FULL'))
        active += 1
        let retried = false
        let stopWaiting = noEvent
        const delivery = new Delivery(
          receiver,
          () => stopWaiting(),
          error => {
            if (error !== null && !retried && isRepeatable(request) && delivery.lostRace(error)) {
              retried = true
              fresh.dispatch(toDispatch(request, servername), delivery)
              return
            }
            active -= 1
            stopWaiting()
            if (error === null) resolve({ retried })
            else fail(upstreamFault(error, delivery.written))
          },
        )
        if (active > connections) {
          stopWaiting = clock.after(options.waitTimeoutMs, () => cancel(unreachable('WAIT_TOO_LONG')))
        }
        onCancel(() => cancel(new Fault('UPSTREAM_BROKEN', 'finish a request', { reason: 'CANCELLED' })))
        kept.dispatch(toDispatch(request, servername), delivery)

        /** Its place in undici's queue is freed when its turn comes; whoever sent it need not wait for that. */
        function cancel(reason: Fault): void {
          delivery.cancel(reason)
          fail(reason)
        }

        function fail(reason: Fault): void {
          request.body?.destroy()
          reject(reason)
        }
      }),

    close: async () => {
      await Promise.all([kept.destroy(), fresh.destroy()])
    },
  }
}

function unreachable(reason: string): Fault {
  return new Fault('UPSTREAM_UNREACHABLE', 'find a free connection to the service', { reason })
}

function isRepeatable({ method, body }: UpstreamRequest): boolean {
  return body === null && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
}

function toDispatch(request: UpstreamRequest, servername: string) {
  return {
    method: request.method,
    path: request.target,
    headers: withLength(request) as string[],
    body: request.body,
    headersTimeout: request.headersTimeoutMs,
    bodyTimeout: request.idleTimeoutMs,
    servername,
  }
}

function withLength({ headers, body, contentLength }: UpstreamRequest): HeaderList {
  if (body === null || contentLength === null) return headers
  return [...headers, 'Content-Length', String(contentLength)]
}
