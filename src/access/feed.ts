import type { Revocation } from '../token/revocation.ts'

/** A tenant whose access documents below `accessVersion` are out of date. */
export type AccessChanged = {
  readonly kind: 'access'
  readonly tenantId: string
  readonly slug: string
  readonly accessVersion: number
}

/** What control planes tell every sidecar. */
export type FeedMessage = AccessChanged | { readonly kind: 'revocation'; readonly revocation: Revocation }

/** The telling side. */
export type FeedPublisher = {
  /**
   * Hands the messages to every sidecar that listens, in their order, and sees to it that documents that are too old
   * for them are not taken from the shared store either. Rejects with STORE_UNAVAILABLE when that is not certain; then
   * they are published again, which does no harm.
   */
  readonly publish: (messages: readonly FeedMessage[]) => Promise<void>
}

/** The hearing side. */
export type FeedSubscriber = {
  /** Listens from now on, for ever, and goes on trying when the feed is away. Called once. */
  readonly start: (listener: FeedListener) => void
  readonly close: () => Promise<void>
}

export type FeedListener = {
  readonly onMessage: (message: FeedMessage) => void
  /**
   * What was told between the last message and now may have been missed; also called when listening begins. From here
   * on messages are heard again, so whoever now asks for the state of things has all of it.
   */
  readonly onGap: () => void
  /** The feed could be read a moment ago: nothing older than this is still to be heard. */
  readonly onHeard: () => void
}
