import type { Directory } from '../access/directory.ts'
import type { FeedListener } from '../access/feed.ts'
import type { VersionSweep } from '../access/version-sweep.ts'
import type { Clock } from '../lib/clock.ts'
import type { Revocations } from '../token/revocations.ts'
import type { OpenStreams } from './open-streams.ts'

export type FeedListenerParts = {
  readonly directory: Pick<Directory, 'changed'>
  readonly streams: Pick<OpenStreams, 'onTenantChanged' | 'onRevoked'>
  readonly revocations: Pick<Revocations, 'add'>
  readonly sweep: Pick<VersionSweep, 'start'>
  /** Has the list of revocations loaded again. */
  readonly reloadRevocations: () => void
  readonly clock: Clock
  readonly events: FeedListenerEvents
}

export type FeedListenerEvents = {
  readonly onHeard: (kind: 'access' | 'revocation') => void
  readonly onGap: () => void
}

/** What this sidecar does with what it is told; `ageMs` is how long ago it last knew that it had heard everything. */
export type SidecarListener = FeedListener & {
  /** Infinite before the first time. */
  readonly ageMs: () => number
}

/**
 * Passes on what the feed tells, to those who know first and to those who are judged by it afterwards: a stream is
 * judged again by what the directory no longer believes.
 */
export function createFeedListener(parts: FeedListenerParts): SidecarListener {
  const { directory, streams, revocations, sweep, clock, events } = parts
  let heardAtMs = Number.NEGATIVE_INFINITY

  return {
    onMessage(message) {
      events.onHeard(message.kind)
      if (message.kind === 'access') {
        directory.changed(message)
        streams.onTenantChanged(message.tenantId, message.accessVersion)
      } else {
        revocations.add(message.revocation)
        streams.onRevoked()
      }
    },
    onGap() {
      events.onGap()
      sweep.start()
      parts.reloadRevocations()
    },
    onHeard() {
      heardAtMs = clock.elapsedMs()
    },
    ageMs: () => clock.elapsedMs() - heardAtMs,
  }
}
