import { LRUCache } from 'lru-cache'
import type { AccessQuestion } from '../../access/document.ts'
import type { DocumentStore } from '../../access/ports.ts'
import type { Clock } from '../../lib/clock.ts'

export type MemoryDocumentStoreOptions = {
  /** Also of how many names of tenants it remembers the version that was told. */
  readonly documentsMax: number
  /** Of all documents together, in characters. */
  readonly charactersMax: number
  readonly clock: Clock
}

export type MemoryDocumentStore = DocumentStore & {
  /** From now on documents of the tenant below this version are known to be out of date. */
  readonly raiseVersion: (tenantRef: string, accessVersion: number) => void
}

type Kept = { readonly signed: string; readonly untilMs: number }

/** The stand-in for Redis where a control plane and a sidecar live in one process. */
export function createMemoryDocumentStore(options: MemoryDocumentStoreOptions): MemoryDocumentStore {
  const { clock } = options
  const versions = new LRUCache<string, number>({ max: options.documentsMax })
  const documents = new LRUCache<string, Kept>({
    max: options.documentsMax,
    maxSize: options.charactersMax,
    sizeCalculation: (kept, key) => kept.signed.length + key.length,
  })
  const versionTold = (tenantRef: string) => versions.get(tenantRef) ?? 0
  return {
    async get(question) {
      const kept = documents.get(documentKey(question))
      if (kept === undefined || kept.untilMs <= clock.elapsedMs()) return null
      return { signed: kept.signed, versionTold: versionTold(question.tenantRef) }
    },
    async put(question, signed, ttlMs) {
      documents.set(documentKey(question), { signed, untilMs: clock.elapsedMs() + ttlMs })
    },
    raiseVersion(tenantRef, accessVersion) {
      versions.set(tenantRef, Math.max(accessVersion, versionTold(tenantRef)))
    },
  }
}

function documentKey({ issuer, subject, tenantRef }: AccessQuestion): string {
  return `${issuer.length}:${issuer}:${subject.length}:${subject}:${tenantRef}`
}
