import type { Registry } from 'prom-client'
import { Counter, Gauge } from 'prom-client'

/** What a sidecar knows of revoked tokens. */
export type RevocationMetrics = {
  readonly listLoaded: (result: 'ok' | 'failed') => void
  /** Asked at each scrape: how many are held of each kind, and the age of the list, NaN while none was ever loaded. */
  readonly watch: (watched: {
    readonly held: () => Readonly<Record<string, number>>
    readonly ageSeconds: () => number
  }) => void
}

export function createRevocationMetrics(registry: Registry): RevocationMetrics {
  const registers = [registry]
  const lists = new Counter({
    name: 'postern_revocation_lists_total',
    help: 'Loads of the list of revocations, by result.',
    labelNames: ['result'],
    registers,
  })
  let held = (): Readonly<Record<string, number>> => ({})
  let ageSeconds = (): number => Number.NaN
  new Gauge({
    name: 'postern_revocations_held',
    help: 'Revocations that are kept, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(held())) this.set({ kind }, count)
    },
  })
  new Gauge({
    name: 'postern_revocation_list_age_seconds',
    help: 'Time since the whole list of revocations was loaded; NaN while it never was.',
    registers,
    collect() {
      this.set(ageSeconds())
    },
  })
  return {
    listLoaded: result => lists.inc({ result }),
    watch(watched) {
      held = watched.held
      ageSeconds = watched.ageSeconds
    },
  }
}
