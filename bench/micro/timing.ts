/** One thing to time: it answers what it did, so that it can be checked first and nothing is optimised away. */
export type Subject = {
  readonly name: string
  /** Throws unless one run answers what it should. */
  readonly check: () => void | Promise<void>
  /** Runs once; synchronous, or awaited. */
  readonly run: () => unknown
}

export type Timing = {
  readonly name: string
  readonly medianNs: number
  readonly leastNs: number
  readonly mostNs: number
}

const sampleMs = 20
const rounds = 25

/**
 * Checks each subject, warms all of them up, then takes samples of them in turn, so that what else the machine does
 * meets all of them alike.
 */
export async function time(subjects: readonly Subject[]): Promise<readonly Timing[]> {
  const repeats: number[] = []
  for (const subject of subjects) {
    await subject.check()
    repeats.push(await repeatsFor(subject))
  }
  const samples = subjects.map(() => new Float64Array(rounds))
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < subjects.length; index += 1) {
      samples[index]![round] = await nanoseconds(subjects[index]!.run, repeats[index]!)
    }
  }
  return subjects.map(({ name }, index) => {
    const sorted = samples[index]!.sort()
    return { name, medianNs: sorted[rounds >> 1]!, leastNs: sorted[0]!, mostNs: sorted[rounds - 1]! }
  })
}

/** How many runs fill a sample; finding out is the warm-up. */
async function repeatsFor({ run }: Subject): Promise<number> {
  for (let repeats = 1; ; repeats *= 2) {
    const tookNs = (await nanoseconds(run, repeats)) * repeats
    if (tookNs >= sampleMs * 1e6) return repeats
  }
}

/** Where results go, so that the engine cannot leave a run out. */
const sink: { last: unknown } = { last: null }

async function nanoseconds(run: () => unknown, repeats: number): Promise<number> {
  const start = process.hrtime.bigint()
  for (let index = 0; index < repeats; index += 1) {
    const result = run()
    sink.last = result instanceof Promise ? await result : result
  }
  return Number(process.hrtime.bigint() - start) / repeats
}
