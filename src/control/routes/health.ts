import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

/**
 * `/livez`, `/readyz`, `/metrics`. Ready means listening, not closing, and of a version that fits the schema: a control
 * plane whose Postgres is away still answers 503 with a reason, which tells more than a refused connection, and all
 * replicas share that Postgres.
 */
export function addHealth(
  app: FastifyInstance,
  options: { readonly registry: Registry; readonly unready: () => Promise<string | null> },
): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', async (_request, reply) => {
    const reason = await options.unready()
    return reply
      .code(reason === null ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`)
  })
  app.get('/metrics', async (_request, reply) => {
    reply.type(options.registry.contentType)
    return await options.registry.metrics()
  })
}
