import type { AccessQuestion } from '../../access/document.ts'
import type { DocumentStore } from '../../access/ports.ts'
import { Fault } from '../../lib/fault.ts'
import type { RedisClient } from './client.ts'

/** Signed access documents in Redis: one string per principal and tenant reference, which expires by itself. */
export function createRedisDocumentStore(client: RedisClient): DocumentStore {
  return {
    async get(question) {
      const keys = [documentKey(question), versionKey(question.tenantRef)]
      const [signed, version] = await client.run(redis => redis.mget(keys))
      return typeof signed === 'string' ? { signed, versionTold: readVersion(version ?? '0') } : null
    },
    async put(question, signed, ttlMs) {
      await client.run(redis => redis.set(documentKey(question), signed, 'PX', Math.ceil(ttlMs)))
    },
  }
}

/**
 * The highest access version that was told of a tenant, by one of its names: an id in lower case, as questions spell
 * it, or a slug. In the same slot of a Redis Cluster as the documents, so that one command reads both.
 */
export function versionKey(tenantRef: string): string {
  return `postern:version:{${tenantRef}}`
}

/**
 * Lengths stand before what an outsider may choose, so that no two questions share a key (threat 71); the tag keeps
 * what is asked about one tenant in one slot of a Redis Cluster.
 */
function documentKey({ issuer, subject, tenantRef }: AccessQuestion): string {
  return `postern:document:${tenantRef.length}:{${tenantRef}}:${issuer.length}:${issuer}:${subject}`
}

/** Where somebody else wrote something, nobody knows whether the document is out of date. */
function readVersion(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new Fault('STORE_UNAVAILABLE', 'read which access version was told')
  return Number(text)
}
