import type { FeedListener, FeedPublisher, FeedSubscriber } from '../../access/feed.ts'
import type { CancelTimer, Clock } from '../../lib/clock.ts'
import type { MemoryDocumentStore } from './document-store.ts'

export type MemoryFeedOptions = {
  readonly documents: Pick<MemoryDocumentStore, 'raiseVersion'>
  readonly clock: Clock
  /** How often it says that there is nothing older to be heard. */
  readonly everyMs: number
}

/** The stand-in for the stream in Redis where a control plane and one sidecar live in one process. */
export function createMemoryFeed(options: MemoryFeedOptions): FeedPublisher & FeedSubscriber {
  const { documents, clock, everyMs } = options
  let listener: FeedListener | null = null
  let cancel: CancelTimer = () => {}

  function hear(): void {
    listener?.onHeard()
    cancel = clock.after(everyMs, hear)
  }

  return {
    async publish(messages) {
      for (const message of messages) {
        if (message.kind === 'access') {
          documents.raiseVersion(message.tenantId, message.accessVersion)
          documents.raiseVersion(message.slug, message.accessVersion)
        }
        listener?.onMessage(message)
      }
    },
    start(started) {
      listener = started
      listener.onGap()
      hear()
    },
    async close() {
      listener = null
      cancel()
    },
  }
}
