import { parseArgs } from 'node:util'

export type BenchOptions = {
  readonly micro: boolean
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

  --seconds N  measured time, direct and through the sidecar together (60)
  --rate N     requests a second (500)
  --quick      a short run, to see that it works; its figures are worth little
  --record     keep the result in bench/results
  --micro      the parts of the hot path alone

DATABASE_URL and REDIS_URL replace the stores that it starts.`

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
      },
    })
    const seconds = Number(values.seconds ?? (values.quick ? 8 : 60))
    const perSecond = Number(values.rate ?? 500)
    if (!(seconds >= 4 && seconds <= secondsMax && perSecond >= 10 && perSecond <= perSecondMax)) return null
    const { micro, record, quick } = values
    return { micro, record, perSecond, seconds, pairs: quick ? 2 : 6, coldTokens: quick ? 60 : 400 }
  } catch {
    return null
  }
}
