import { Pool } from 'undici'
import { CircuitBreaker, CircuitOpen } from '../lib/circuit-breaker.ts'
import type { Clock } from '../lib/clock.ts'
import { DeadlineExceeded, withDeadline } from '../lib/deadline.ts'
import { Fault } from '../lib/fault.ts'
import type { AccessQuestion } from './document.ts'
import type { DocumentSource } from './ports.ts'

export type ControlSourceOptions = {
  /** Origin of the control plane, `https://control.postern:8443`. */
  readonly controlUrl: string
  /** The bearer token of this sidecar, read again for every call. */
  readonly token: () => string
  /** From question to answer, waiting for a connection included. */
  readonly deadlineMs: number
  /** How many questions one call carries; the control plane takes at most 100. */
  readonly questionsMax: number
  /** Calls under way at a time, and connections. */
  readonly callsMax: number
  /** Questions that wait for a call; past it a question fails at once. */
  readonly waitingMax: number
  readonly responseBytesMax: number
  readonly keepAliveMs: number
  readonly breaker: { readonly failuresToOpen: number; readonly openMs: number }
  readonly clock: Clock
}

export type ControlSource = DocumentSource & {
  /** Cuts what is under way. */
  readonly close: () => Promise<void>
}

type Waiting = {
  readonly question: AccessQuestion
  readonly askedMs: number
  readonly resolve: (signed: string | null) => void
  readonly reject: (fault: Fault) => void
}

/** A short error body is read to its end, so that its connection can be used again. */
const errorBodyBytesMax = 16_384

/** What the control plane takes; a longer name must not make it refuse the whole batch. */
const longest = { issuer: 2048, subject: 1024, tenantRef: 128 }

const path = '/internal/v1/access-documents'

/**
 * Asks the control plane for access documents. Questions asked in the same turn travel together. Only a 200 with an
 * explicit null is a no; everything else, a 401 and a 403 for this sidecar's own token included, is an outage.
 */
export function createControlSource(options: ControlSourceOptions): ControlSource {
  const { clock, deadlineMs } = options
  // Every call has one deadline, which cuts it; a second clock of the pool's would only blur it.
  const pool = new Pool(options.controlUrl, {
    connections: options.callsMax,
    connectTimeout: deadlineMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.keepAliveMs,
    maxResponseSize: options.responseBytesMax,
  })
  const breaker = new CircuitBreaker({ ...options.breaker, clock })
  const waiting: Waiting[] = []
  let calls = 0
  let scheduled = false

  return {
    load(question) {
      if (isTooLong(question)) return Promise.reject(unavailable('question_too_long'))
      if (!breaker.admits()) return Promise.reject(unavailable('circuit_open'))
      if (waiting.length >= options.waitingMax) return Promise.reject(unavailable('too_many_waiting'))
      return within(
        new Promise((resolve, reject) => {
          waiting.push({ question, askedMs: clock.elapsedMs(), resolve, reject })
          schedule()
        }),
      )
    },
    close: () => pool.destroy(),
  }

  /** Replies of Redis to many questions are read in one turn; their callers all run before this does. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      while (waiting.length > 0 && calls < options.callsMax) startCall()
    })
  }

  function startCall(): void {
    const earliestMs = clock.elapsedMs() - deadlineMs
    const batch = waiting.splice(0, options.questionsMax).filter(({ askedMs }) => askedMs > earliestMs)
    if (batch.length === 0) return
    calls += 1
    call(batch.map(({ question }) => question))
      .then(
        documents => {
          for (let index = 0; index < batch.length; index += 1) batch[index]!.resolve(documents[index]!)
        },
        fault => {
          for (const { reject } of batch) reject(fault)
        },
      )
      .finally(() => {
        calls -= 1
        schedule()
      })
  }

  /** A question that waits for its call to begin does not wait for ever either. */
  async function within(answer: Promise<string | null>): Promise<string | null> {
    try {
      return await withDeadline(clock, deadlineMs, answer)
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  async function call(questions: readonly AccessQuestion[]): Promise<(string | null)[]> {
    const abort = new AbortController()
    try {
      return await breaker.run(() => withDeadline(clock, deadlineMs, post(questions, abort.signal)))
    } catch (error) {
      abort.abort()
      throw asUnavailable(error)
    }
  }

  async function post(questions: readonly AccessQuestion[], signal: AbortSignal): Promise<(string | null)[]> {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${options.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ questions: questions.map(asWire) }),
      signal,
    })
    if (statusCode !== 200) {
      body.dump({ limit: errorBodyBytesMax }).catch(ignore)
      throw unavailable(`status_${statusCode}`)
    }
    return readDocuments(await body.text(), questions.length)
  }
}

function isTooLong({ issuer, subject, tenantRef }: AccessQuestion): boolean {
  return (
    issuer.length > longest.issuer || subject.length > longest.subject || tenantRef.length > longest.tenantRef
  )
}

function asWire({ issuer, subject, tenantRef }: AccessQuestion): object {
  return { issuer, subject, tenant: tenantRef }
}

/** One document or an explicit null for each question, in their order; anything else is no answer. */
function readDocuments(text: string, count: number): (string | null)[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw unavailable('not_json')
  }
  const documents =
    typeof answer === 'object' && answer !== null && 'documents' in answer ? answer.documents : null
  if (!Array.isArray(documents) || documents.length !== count || !documents.every(isDocument))
    throw unavailable('unknown_shape')
  return documents
}

function isDocument(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function unavailable(reason: string): Fault {
  return new Fault('DIRECTORY_UNAVAILABLE', 'ask the control plane for access', { reason })
}

function asUnavailable(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof CircuitOpen) return unavailable('circuit_open')
  if (error instanceof DeadlineExceeded) return unavailable('timeout')
  return unavailable('connection')
}

function ignore(): void {}
