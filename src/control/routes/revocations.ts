import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import type { Revocation } from '../../token/revocation.ts'
import { inTime } from '../in-time.ts'

export type RevocationRoute = {
  /** The revocations that still matter, in the order of their ids, after the one with the id `after`. */
  readonly list: (after: string | null, most: number) => Promise<readonly Revocation[]>
  readonly clock: Clock
  readonly answerMs: number
  readonly guard: onRequestAsyncHookHandler
}

const pageMax = 1000

type Query = { readonly after?: string; readonly limit?: string }

const querySchema = {
  type: 'object',
  properties: {
    after: { type: 'string', pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' },
    limit: { type: 'string', pattern: '^([1-9][0-9]{0,2}|1000)$' },
  },
}

/**
 * `GET /internal/v1/revocations?after=ID&limit=N`: one page of everything that is revoked. `next` is what to give as
 * `after` for the next page, and null on the last one. Whoever listens to the feed before the first page misses none.
 */
export function addRevocations(app: FastifyInstance, route: RevocationRoute): void {
  const time = { ...route, attempt: 'list revocations in time' }
  app.get<{ Querystring: Query }>(
    '/internal/v1/revocations',
    { onRequest: route.guard, schema: { querystring: querySchema } },
    async (request, reply) => {
      const { after = null, limit = pageMax } = request.query
      const most = Number(limit)
      const revocations = await inTime(time, route.list(after, most))
      reply.header('cache-control', 'no-store')
      return { revocations, next: revocations.length < most ? null : revocations.at(-1)!.id }
    },
  )
}
