import { Pool } from 'undici'
import { CircuitBreaker, CircuitOpen } from '../lib/circuit-breaker.ts'
import type { Clock } from '../lib/clock.ts'
import { DeadlineExceeded, withDeadline } from '../lib/deadline.ts'
import { Fault } from '../lib/fault.ts'

export type ControlCallerOptions = {
  /** Origin of the control plane, `https://control.postern:8443`. */
  readonly controlUrl: string
  /** The bearer token of this sidecar, read again for every call. */
  readonly token: () => string
  readonly connections: number
  /** For connecting; a whole call has the deadline that its caller gives it. */
  readonly connectTimeoutMs: number
  readonly responseBytesMax: number
  readonly keepAliveMs: number
  readonly breaker: { readonly failuresToOpen: number; readonly openMs: number }
  readonly clock: Clock
}

export type ControlCall<Answer> = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Sent as JSON; none for a GET. */
  readonly body?: object
  readonly deadlineMs: number
  /** What it is for, in words for the log. */
  readonly attempt: string
  /** The answer out of its JSON; null for a shape that is not known. */
  readonly read: (answer: unknown) => Answer | null
}

/** The one way to the control plane: connections, token and circuit are shared by all that is asked of it. */
export type ControlCaller = {
  /**
   * Makes one call. Only a 200 with an answer that can be read is one; everything else is an outage, a 401, a 403 and a
   * 429 for this sidecar's own token included, and throws DIRECTORY_UNAVAILABLE.
   */
  readonly call: <Answer>(call: ControlCall<Answer>) => Promise<Answer>
  /** Would a call be tried now? */
  readonly admits: () => boolean
  /** Cuts what is under way. */
  readonly close: () => Promise<void>
}

/** The control plane is well, and asks for less: that must not open the circuit for those who ask for little. */
const tooManyCalls = Symbol('429')

/** A short error body is read to its end, so that its connection can be used again. */
const errorBodyBytesMax = 16_384

export function createControlCaller(options: ControlCallerOptions): ControlCaller {
  const { clock } = options
  // Every call has one deadline, which cuts it; a second clock of the pool's would only blur it.
  const pool = new Pool(options.controlUrl, {
    connections: options.connections,
    connectTimeout: options.connectTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.keepAliveMs,
    maxResponseSize: options.responseBytesMax,
  })
  const breaker = new CircuitBreaker({ ...options.breaker, clock })

  return {
    async call(call) {
      const abort = new AbortController()
      try {
        const answer = await breaker.run(() => withDeadline(clock, call.deadlineMs, send(call, abort.signal)))
        if (answer !== tooManyCalls) return answer
        throw unavailable(call.attempt, 'status_429')
      } catch (error) {
        abort.abort()
        throw asUnavailable(error, call.attempt)
      }
    },
    admits: () => breaker.admits(),
    close: () => pool.destroy(),
  }

  async function send<Answer>(
    call: ControlCall<Answer>,
    signal: AbortSignal,
  ): Promise<Answer | typeof tooManyCalls> {
    const authorization = `Bearer ${options.token()}`
    const { statusCode, body } = await pool.request({
      method: call.method,
      path: call.path,
      headers:
        call.body === undefined ? { authorization } : { authorization, 'content-type': 'application/json' },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    })
    if (statusCode !== 200) {
      body.dump({ limit: errorBodyBytesMax }).catch(ignore)
      if (statusCode === 429) return tooManyCalls
      throw unavailable(call.attempt, `status_${statusCode}`)
    }
    const answer = call.read(parse(await body.text(), call.attempt))
    if (answer === null) throw unavailable(call.attempt, 'unknown_shape')
    return answer
  }
}

/** @param reason one of a few words */
export function unavailable(attempt: string, reason: string): Fault {
  return new Fault('DIRECTORY_UNAVAILABLE', attempt, { reason })
}

/** What a call failed with, as a fault that quotes nothing of it. */
export function asUnavailable(error: unknown, attempt: string): Fault {
  if (error instanceof Fault) return error
  if (error instanceof CircuitOpen) return unavailable(attempt, 'circuit_open')
  if (error instanceof DeadlineExceeded) return unavailable(attempt, 'timeout')
  return unavailable(attempt, 'connection')
}

function parse(text: string, attempt: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unavailable(attempt, 'not_json')
  }
}

function ignore(): void {}
