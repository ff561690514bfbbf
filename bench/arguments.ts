import { parseArgs } from 'node:util'

export type BenchOptions = {
  readonly micro: boolean
  /** How much of the database is measured; null for none of it. */
  readonly database: 'quick' | 'usual' | 'full' | null
  /** The same of the directory. */
  readonly directory: 'quick' | 'usual' | 'full' | null
  /** The same of what hostile inputs cost. */
  readonly hostile: 'quick' | 'usual' | 'full' | null
  readonly perSecond: number
  /** Measured time, both ways together. */
  readonly seconds: number
  readonly pairs: number
  readonly coldTokens: number
  /** Keep the result in bench/results. */
  readonly record: boolean
}

export const usage = `npm run bench -- [--seconds N] [--rate N] [--quick] [--record]
npm run bench -- --micro
npm run bench -- --database [--quick | --full] [--record]
npm run bench -- --directory [--quick | --full] [--record]
npm run bench -- --hostile [--quick | --full] [--record]

  --seconds N  measured time, direct and through the sidecar together (60)
  --rate N     requests a second (500)
  --quick      a short run, to see that it works; its figures are worth little
  --record     keep the result in bench/results
  --micro      the parts of the hot path alone
  --database   access documents and migrations in Postgres, on one that it starts itself
  --directory  how fast access is looked up and forgotten, with stores that it starts itself
  --hostile    what hostile clients, services and providers cost, with no stores at all
  --full       of what is hostile: 1,000,000 tokens of each kind; of the directory: 100,000 tenants with 10 users each; of the database: up to 100,000 tenants and 10,000,000 memberships; a quarter of an hour

DATABASE_URL and REDIS_URL replace the stores that it starts, but for --database and --directory.`

const secondsMax = 3600
const perSecondMax = 20_000

/** Null when the arguments make no sense. */
export function readArguments(args: readonly string[]): BenchOptions | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string' },
        rate: { type: 'string' },
        quick: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        micro: { type: 'boolean', default: false },
        database: { type: 'boolean', default: false },
        directory: { type: 'boolean', default: false },
        hostile: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
      },
    })
    const seconds = Number(values.seconds ?? (values.quick ? 8 : 60))
    const perSecond = Number(values.rate ?? 500)
    if (!(seconds >= 4 && seconds <= secondsMax && perSecond >= 10 && perSecond <= perSecondMax)) return null
    const { micro, record, quick, full } = values
    if (full && (quick || !(values.database || values.directory || values.hostile))) return null
    const extent = quick ? 'quick' : full ? 'full' : 'usual'
    const database = values.database ? extent : null
    const directory = values.directory ? extent : null
    const hostile = values.hostile ? extent : null
    return {
      micro,
      database,
      directory,
      hostile,
      record,
      perSecond,
      seconds,
      pairs: quick ? 2 : 6,
      coldTokens: quick ? 60 : 400,
    }
  } catch {
    return null
  }
}
