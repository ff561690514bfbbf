import type { FeedMessage, FeedOutbox } from '../../access/feed.ts'
import { deleteExpiredRevocations, takeAccessChanges, takeRevocations } from './queries/feed.ts'
import type { Transactions } from './transaction.ts'

/**
 * The outbox in Postgres. `publish` runs inside the transaction that takes, which holds a connection and the rows until
 * it has settled; it must do so before the pause that the transaction allows between two statements is over.
 */
export function createOutbox(transactions: Transactions): FeedOutbox {
  return {
    deliver: (most, publish) =>
      transactions.global(async session => {
        const revocations = await takeRevocations(session, most)
        const changes = await takeAccessChanges(session, most)
        const messages: FeedMessage[] = [
          ...revocations.map(revocation => ({ kind: 'revocation' as const, revocation })),
          ...changes.map(({ change }) => change),
        ]
        if (messages.length > 0) await publish(messages)
        return { waitedMs: changes.map(({ waitedMs }) => waitedMs), revocations: revocations.length }
      }),
    discardExpired: most => transactions.global(session => deleteExpiredRevocations(session, most)),
  }
}
