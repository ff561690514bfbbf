import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

/**
 * `/livez`, `/readyz`, `/metrics`. Ready means listening and not closing: a control plane whose Postgres is away still
 * answers 503 with a reason, which tells more than a refused connection, and all replicas share that Postgres.
 */
export function addHealth(
  app: FastifyInstance,
  options: { readonly registry: Registry; readonly isClosing: () => boolean },
): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', (_request, reply) => {
    const closing = options.isClosing()
    return reply
      .code(closing ? 503 : 200)
      .type('text/plain')
      .send(closing ? 'closing\n' : 'ok\n')
  })
  app.get('/metrics', async (_request, reply) => {
    reply.type(options.registry.contentType)
    return await options.registry.metrics()
  })
}
