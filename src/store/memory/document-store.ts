import { LRUCache } from 'lru-cache'
import type { AccessQuestion } from '../../access/document.ts'
import type { DocumentStore } from '../../access/ports.ts'
import type { Clock } from '../../lib/clock.ts'

export type MemoryDocumentStoreOptions = {
  readonly documentsMax: number
  /** Of all documents together, in characters. */
  readonly charactersMax: number
  readonly clock: Clock
}

type Kept = { readonly signed: string; readonly untilMs: number }

/** The stand-in for Redis where a control plane and a sidecar live in one process. */
export function createMemoryDocumentStore(options: MemoryDocumentStoreOptions): DocumentStore {
  const { clock } = options
  const documents = new LRUCache<string, Kept>({
    max: options.documentsMax,
    maxSize: options.charactersMax,
    sizeCalculation: (kept, key) => kept.signed.length + key.length,
  })
  return {
    async get(question) {
      const kept = documents.get(documentKey(question))
      return kept === undefined || kept.untilMs <= clock.elapsedMs() ? null : kept.signed
    },
    async put(question, signed, ttlMs) {
      documents.set(documentKey(question), { signed, untilMs: clock.elapsedMs() + ttlMs })
    },
  }
}

function documentKey({ issuer, subject, tenantRef }: AccessQuestion): string {
  return `${issuer.length}:${issuer}:${subject.length}:${subject}:${tenantRef}`
}
