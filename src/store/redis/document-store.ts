import type { AccessQuestion } from '../../access/document.ts'
import type { DocumentStore } from '../../access/ports.ts'
import type { RedisClient } from './client.ts'

/** Signed access documents in Redis: one string per principal and tenant reference, which expires by itself. */
export function createRedisDocumentStore(client: RedisClient): DocumentStore {
  return {
    get: question => client.run(redis => redis.get(documentKey(question))),
    async put(question, signed, ttlMs) {
      await client.run(redis => redis.set(documentKey(question), signed, 'PX', Math.ceil(ttlMs)))
    },
  }
}

/**
 * Lengths stand before what an outsider may choose, so that no two questions share a key (threat 71); the tag keeps
 * what is asked about one tenant in one slot of a Redis Cluster.
 */
function documentKey({ issuer, subject, tenantRef }: AccessQuestion): string {
  return `postern:document:${tenantRef.length}:{${tenantRef}}:${issuer.length}:${issuer}:${subject}`
}
