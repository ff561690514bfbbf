import type { FeedPublisher } from '../access/feed.ts'
import type { Clock } from '../lib/clock.ts'
import { createOutbox } from '../store/postgres/outbox.ts'
import { createPool } from '../store/postgres/pool.ts'
import type { SchemaCheckOptions } from '../store/postgres/schema-check.ts'
import { createSchemaCheck } from '../store/postgres/schema-check.ts'
import { createTransactions } from '../store/postgres/transaction.ts'
import type { Log } from '../telemetry/log.ts'
import type { ControlMetrics } from './metrics.ts'
import { startRelay } from './relay.ts'
import type { ControlSettings } from './settings.ts'

export type RelaySettings = Pick<ControlSettings, 'relay'> & {
  /** The client gives a statement up after `answerMs`. */
  readonly postgres: ControlSettings['postgres'] & { readonly answerMs: number }
}

export type RelayPorts = {
  readonly publisher: FeedPublisher
  readonly schema: Pick<SchemaCheckOptions, 'known' | 'everyMs'>
  readonly metrics: Pick<ControlMetrics, 'relayed' | 'relayFailed' | 'watchRelay'>
  readonly log: Log
  readonly clock: Clock
}

/** Whatever has expired is not used anyway: there is no hurry. */
const discardEveryMs = 3_600_000

/**
 * Passes on what waits in the outbox, on a connection to Postgres of its own: a demotion must not stand in line behind
 * requests. Resolves from `close` when the batch under way is done and the connection is given back.
 */
export function openRelay(
  { postgres, relay }: RelaySettings,
  { publisher, schema, metrics, log, clock }: RelayPorts,
): { readonly close: () => Promise<void> } {
  // What an idle connection was closed for is told by the next batch, if it matters.
  const pool = createPool({ ...postgres, connections: 1, events: { onIdleLost() {} } })
  const transactions = createTransactions({ ...postgres, pool })
  const outbox = createOutbox(transactions)
  // That it does not fit is told as the reason why nothing is passed on.
  const check = createSchemaCheck({ ...schema, transactions, clock, events: { onChange() {} } })
  const running = startRelay({
    ...relay,
    outbox: {
      ...outbox,
      async deliver(most, publish) {
        await check.assertSupported()
        return await outbox.deliver(most, publish)
      },
    },
    publisher,
    discardEveryMs,
    clock,
    events: {
      onRelayed: metrics.relayed,
      onFailure: metrics.relayFailed,
      onChange(problem) {
        if (problem === null) log.info({}, 'sidecars are told of changes again')
        else
          log.error(
            { code: problem.code, attempt: problem.message },
            'sidecars are not told of changes: they wait in the database',
          )
      },
    },
  })
  metrics.watchRelay(() => running.ageMs() / 1000)
  return { close: () => running.close().finally(() => pool.end()) }
}
