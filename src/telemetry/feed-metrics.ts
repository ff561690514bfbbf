import type { Registry } from 'prom-client'
import { Counter, Gauge } from 'prom-client'

/** What a sidecar hears of changes. */
export type FeedMetrics = {
  readonly heard: (kind: 'access' | 'revocation') => void
  readonly gapMet: () => void
  readonly entryUnreadable: () => void
  readonly swept: (result: 'ok' | 'failed') => void
  /** Asked at each scrape: how long ago everything had been heard; infinite before the first time. */
  readonly watchAge: (ageSeconds: () => number) => void
}

export function createFeedMetrics(registry: Registry): FeedMetrics {
  const registers = [registry]
  const messages = new Counter({
    name: 'postern_feed_messages_total',
    help: 'Messages that were heard, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const gaps = new Counter({
    name: 'postern_feed_gaps_total',
    help: 'Times at which messages may have been missed; one is counted when listening begins.',
    registers,
  })
  const unreadable = new Counter({
    name: 'postern_feed_unreadable_total',
    help: 'Entries of the feed that could not be understood.',
    registers,
  })
  const sweeps = new Counter({
    name: 'postern_feed_sweeps_total',
    help: 'Times that the versions of all remembered tenants were asked for, by result.',
    labelNames: ['result'],
    registers,
  })
  let ageSeconds: (() => number) | null = null
  new Gauge({
    name: 'postern_feed_age_seconds',
    help: 'Time since everything that was told had been heard; +Inf before the first time, absent without a feed.',
    registers,
    collect() {
      if (ageSeconds !== null) this.set(ageSeconds())
    },
  })
  return {
    heard: kind => messages.inc({ kind }),
    gapMet: () => gaps.inc(),
    entryUnreadable: () => unreadable.inc(),
    swept: result => sweeps.inc({ result }),
    watchAge(asked) {
      ageSeconds = asked
    },
  }
}
