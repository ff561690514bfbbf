import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import type { AccessDocument, AccessQuestion } from '../../access/document.ts'
import type { DocumentSigner } from '../../access/signed-document.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { answerEach } from '../answer-each.ts'
import { inTime, tooLate } from '../in-time.ts'
import { createSharedQueue } from '../shared-queue.ts'

/** The records behind access documents; null for a tenant that is unknown, gone, or not the principal's. */
export type AccessSource = { readonly load: (question: AccessQuestion) => Promise<AccessDocument | null> }

export type AccessDocumentRoute = {
  readonly source: AccessSource
  readonly signer: DocumentSigner
  /** Called with every signed document; returns at once and never throws. */
  readonly publish: (question: AccessQuestion, signed: string) => void
  /** Loads under way at a time for all callers, and different questions that wait for theirs. */
  readonly loads: { readonly atOnce: number; readonly waitingMax: number }
  readonly clock: Clock
  /** For a whole batch; after it the caller is told STORE_UNAVAILABLE. */
  readonly answerMs: number
  readonly guard: onRequestAsyncHookHandler
  readonly events: { readonly onAnswered: (isMember: boolean) => void }
}

export const questionsMax = 100
/** Questions of one batch that are looked up at a time, so that one batch does not take the whole pool. */
const lanes = 4

type Body = { readonly questions: readonly { issuer: string; subject: string; tenant: string }[] }

/** The first member that is missing, or of another kind, refuses the batch; members that are not known are ignored. */
const bodySchema = {
  type: 'object',
  required: ['questions'],
  properties: {
    questions: {
      type: 'array',
      minItems: 1,
      maxItems: questionsMax,
      items: {
        type: 'object',
        required: ['issuer', 'subject', 'tenant'],
        properties: {
          issuer: { type: 'string', minLength: 1, maxLength: 2048 },
          subject: { type: 'string', minLength: 1, maxLength: 1024 },
          tenant: { type: 'string', minLength: 1, maxLength: 128 },
        },
      },
    },
  },
}

/** A full batch of the longest texts, with room for JSON around them. */
const bodyBytesMax = 524_288

/**
 * `POST /internal/v1/access-documents`: for each question, in order, a signed access document or null. One store that
 * cannot answer fails the whole batch, so that null always means no.
 */
export function addAccessDocuments(app: FastifyInstance, route: AccessDocumentRoute): void {
  const time = { ...route, attempt: 'answer a batch of access questions in time' }
  const load = createSharedQueue({
    ...route.loads,
    keyOf: ({ issuer, subject, tenantRef }: AccessQuestion) => JSON.stringify([issuer, subject, tenantRef]),
    answer: question => loadSigned(route, question),
    full: () => new Fault('STORE_UNAVAILABLE', 'look up access: too many questions wait already'),
  })
  app.post<{ Body: Body }>(
    '/internal/v1/access-documents',
    { onRequest: route.guard, schema: { body: bodySchema }, bodyLimit: bodyBytesMax },
    async (request, reply) => {
      const questions = request.body.questions.map(({ issuer, subject, tenant }) => ({
        issuer,
        subject,
        tenantRef: tenant,
      }))
      const untilMs = route.clock.elapsedMs() + route.answerMs
      const work = answerEach(questions, lanes, async question => {
        // The caller has been told by then; what is left of its batch would only keep others waiting.
        if (route.clock.elapsedMs() > untilMs) throw tooLate(time)
        const signed = await load(question)
        route.events.onAnswered(signed !== null)
        return signed
      })
      const documents = await inTime(time, work)
      reply.header('cache-control', 'no-store')
      return { documents }
    },
  )
}

async function loadSigned(route: AccessDocumentRoute, question: AccessQuestion): Promise<string | null> {
  const document = await route.source.load(question)
  if (document === null) return null
  const signed = route.signer.sign(document)
  route.publish(question, signed)
  return signed
}
