import type { FastifyInstance } from 'fastify'
import type { Es256Key } from '../../lib/es256.ts'

/**
 * `GET /.well-known/postern-access-keys.json`: the public keys of access documents (RFC 7517). Public, as keys are.
 * Five minutes is also how long before its first use a new key has to be published.
 */
export function addKeys(app: FastifyInstance, keys: readonly Es256Key[]): void {
  const body = JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) })
  app.get('/.well-known/postern-access-keys.json', (_request, reply) =>
    reply
      .header('content-type', 'application/jwk-set+json')
      .header('cache-control', 'public, max-age=300')
      .send(body),
  )
}
