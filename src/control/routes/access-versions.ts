import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { inTime } from '../in-time.ts'

export type AccessVersionRoute = {
  /** The access version of each of these tenants that exists. */
  readonly read: (tenantIds: readonly string[]) => Promise<ReadonlyMap<string, number>>
  readonly clock: Clock
  readonly answerMs: number
  readonly guard: onRequestAsyncHookHandler
}

const tenantsMax = 1000

type Body = { readonly tenants: readonly string[] }

const bodySchema = {
  type: 'object',
  required: ['tenants'],
  properties: {
    tenants: {
      type: 'array',
      minItems: 1,
      maxItems: tenantsMax,
      items: { type: 'string', pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' },
    },
  },
}

/** So many ids, with room for JSON around them. */
const bodyBytesMax = 65_536

/** `POST /internal/v1/access-versions`: the version of each tenant by its id; one that does not exist is missing. */
export function addAccessVersions(app: FastifyInstance, route: AccessVersionRoute): void {
  const time = { ...route, attempt: 'read access versions in time' }
  app.post<{ Body: Body }>(
    '/internal/v1/access-versions',
    { onRequest: route.guard, schema: { body: bodySchema }, bodyLimit: bodyBytesMax },
    async (request, reply) => {
      const versions = await inTime(time, route.read(request.body.tenants))
      reply.header('cache-control', 'no-store')
      return { versions: Object.fromEntries(versions) }
    },
  )
}
