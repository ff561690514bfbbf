import type { Clock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import type { Fault } from '../lib/fault.ts'
import type { ControlCaller } from './control-caller.ts'
import { asUnavailable, unavailable } from './control-caller.ts'
import type { AccessQuestion } from './document.ts'
import type { DocumentSource } from './ports.ts'

export type ControlSourceOptions = {
  readonly caller: ControlCaller
  /** From question to answer, waiting for a connection included. */
  readonly deadlineMs: number
  /** How many questions one call carries; the control plane takes at most 100. */
  readonly questionsMax: number
  /** Calls under way at a time. */
  readonly callsMax: number
  /** Questions that wait for a call; past it a question fails at once. */
  readonly waitingMax: number
  readonly clock: Clock
}

type Waiting = {
  readonly question: AccessQuestion
  readonly askedMs: number
  readonly resolve: (signed: string | null) => void
  readonly reject: (fault: Fault) => void
}

/** What the control plane takes; a longer name must not make it refuse the whole batch. */
const longest = { issuer: 2048, subject: 1024, tenantRef: 128 }

const attempt = 'ask the control plane for access'

/**
 * Asks the control plane for access documents. Questions asked in the same turn travel together. Only a 200 with an
 * explicit null is a no.
 */
export function createControlSource(options: ControlSourceOptions): DocumentSource {
  const { caller, clock, deadlineMs } = options
  const waiting: Waiting[] = []
  let calls = 0
  let scheduled = false

  return {
    load(question) {
      if (isTooLong(question)) return Promise.reject(unavailable(attempt, 'question_too_long'))
      if (!caller.admits()) return Promise.reject(unavailable(attempt, 'circuit_open'))
      if (waiting.length >= options.waitingMax) {
        return Promise.reject(unavailable(attempt, 'too_many_waiting'))
      }
      return within(
        new Promise((resolve, reject) => {
          waiting.push({ question, askedMs: clock.elapsedMs(), resolve, reject })
          schedule()
        }),
      )
    },
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
      throw asUnavailable(error, attempt)
    }
  }

  function call(questions: readonly AccessQuestion[]): Promise<readonly (string | null)[]> {
    return caller.call({
      method: 'POST',
      path: '/internal/v1/access-documents',
      body: { questions: questions.map(asWire) },
      deadlineMs,
      attempt,
      read: answer => readDocuments(answer, questions.length),
    })
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

/** One document or an explicit null for each question, in their order. */
function readDocuments(answer: unknown, count: number): readonly (string | null)[] | null {
  if (typeof answer !== 'object' || answer === null || !('documents' in answer)) return null
  const { documents } = answer
  return Array.isArray(documents) && documents.length === count && documents.every(isDocument)
    ? documents
    : null
}

function isDocument(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}
