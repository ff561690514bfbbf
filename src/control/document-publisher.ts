import type { AccessQuestion } from '../access/document.ts'
import type { DocumentStore } from '../access/ports.ts'

export type DocumentPublisher = {
  /** Hands a signed document to the shared store and returns at once. Never throws; what fails is counted. */
  readonly publish: (question: AccessQuestion, signed: string) => void
}

export type PublishResult = 'ok' | 'failed' | 'dropped'

/**
 * Shares signed documents beside the answer, never in its way: with a store that is slow or gone, sidecars ask us
 * more often, and that is all. More than `pendingMax` at a time are dropped; each ends by the store's own deadline.
 */
export function createDocumentPublisher(options: {
  readonly store: DocumentStore
  readonly ttlMs: number
  readonly pendingMax: number
  readonly events: { readonly onPublished: (result: PublishResult) => void }
}): DocumentPublisher {
  const { store, ttlMs, pendingMax, events } = options
  let pending = 0

  async function put(question: AccessQuestion, signed: string): Promise<void> {
    pending += 1
    try {
      await store.put(question, signed, ttlMs)
      events.onPublished('ok')
    } catch {
      events.onPublished('failed')
    } finally {
      pending -= 1
    }
  }

  return {
    publish(question, signed) {
      if (pending >= pendingMax) events.onPublished('dropped')
      else void put(question, signed)
    },
  }
}
