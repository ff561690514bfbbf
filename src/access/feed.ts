import type { Revocation } from '../token/revocation.ts'

/** A tenant whose access documents below `accessVersion` are out of date. Its id is in lower case. */
export type AccessChanged = {
  readonly kind: 'access'
  readonly tenantId: string
  readonly slug: string
  readonly accessVersion: number
}

/** What control planes tell every sidecar. */
export type FeedMessage = AccessChanged | { readonly kind: 'revocation'; readonly revocation: Revocation }

/** Where what has to be told waits, kept in the transaction that made it true. */
export type FeedOutbox = {
  /**
   * Takes what waits, `most` of each kind and the oldest first, hands it to `publish`, and forgets it when that has
   * resolved. When it rejects, or this process dies in between, everything waits again: it may be told twice, and none
   * is lost. Several may share the work. Throws what `publish` throws, and STORE_UNAVAILABLE.
   */
  readonly deliver: (most: number, publish: FeedPublisher['publish']) => Promise<Delivered>
  /** Forgets revocations that no token can be about any more, `most` at a time; resolves with how many there were. */
  readonly discardExpired: (most: number) => Promise<number>
}

export type Delivered = {
  /** Of each change of access, from its writing until it was taken. */
  readonly waitedMs: readonly number[]
  readonly revocations: number
}

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
