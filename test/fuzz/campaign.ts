import { createRandom } from '../support/random.ts'
import type { Fuzzer } from './fuzzer.ts'
import { seedOfCase, Violation } from './fuzzer.ts'
import { minimise } from './minimise.ts'
import { StallWatch } from './stall-watch.ts'

export type Campaign = {
  readonly fuzzer: Fuzzer
  readonly corpus: readonly string[]
  readonly seed: number
  /** Cases are numbered from here on; a campaign of one case is that case again. */
  readonly from: number
  readonly cases: number
  /** Ends the campaign before all cases have run. */
  readonly secondsMax: number
  readonly failuresMax: number
  readonly progress: (report: Report) => void
}

export type Failure = {
  readonly index: number
  readonly message: string
  /** Something was thrown that is no broken promise: it would have taken a process down. */
  readonly uncaught: boolean
  readonly input: string
  readonly least: string
}

export type Report = {
  readonly cases: number
  readonly seconds: number
  readonly failures: readonly Failure[]
  /** How many cases ended in which word, the most frequent first. */
  readonly outcomes: readonly (readonly [outcome: string, count: number])[]
  readonly slowest: { readonly ms: number; readonly index: number }
  /** Cases that held the event loop for more than 50 ms, alone and again. */
  readonly stalls: readonly number[]
}

const progressMs = 10_000

/** Runs the cases of one campaign; the same seed makes the same inputs. */
export async function runCampaign(campaign: Campaign): Promise<Report> {
  const { fuzzer, corpus, seed, from, cases, secondsMax, failuresMax } = campaign
  const outcomes = new Map<string, number>()
  const failures: Failure[] = []
  const watch = new StallWatch(index => fuzzer.check(inputOf(index)))
  const startMs = performance.now()
  let reportedMs = startMs
  let next = from
  let done = 0

  const stray = (error: unknown) => void fail(next - 1, '', error)
  process.on('uncaughtException', stray)
  process.on('unhandledRejection', stray)
  if (fuzzer.concurrency > 1) watch.watchLoop()
  try {
    await Promise.all(Array.from({ length: fuzzer.concurrency }, work))
    await watch.settle()
  } finally {
    process.off('uncaughtException', stray)
    process.off('unhandledRejection', stray)
  }
  return report()

  async function work(): Promise<void> {
    while (next < from + cases && failures.length < failuresMax) {
      const index = next
      next += 1
      const input = inputOf(index)
      const began = watch.begin(index)
      try {
        const outcome = fuzzer.check(input)
        const word = typeof outcome === 'string' ? outcome : await outcome
        outcomes.set(word, (outcomes.get(word) ?? 0) + 1)
      } catch (error) {
        await fail(index, input, error)
      }
      watch.end(index, began)
      done += 1
      if (fuzzer.concurrency === 1 && watch.suspects) await watch.settle()
      if ((done & 63) !== 0 && fuzzer.concurrency === 1) continue
      const nowMs = performance.now()
      if (nowMs - startMs > secondsMax * 1000) return
      if (nowMs - reportedMs > progressMs) {
        reportedMs = nowMs
        campaign.progress(report())
      }
      // So that signals are heard while nothing waits.
      if ((done & 4095) === 0) await new Promise(resolve => setImmediate(resolve))
    }
  }

  function inputOf(index: number): string {
    return fuzzer.generate(createRandom(seedOfCase(seed, index)), corpus)
  }

  async function fail(index: number, input: string, error: unknown): Promise<void> {
    const message = messageOf(error)
    const isNew = input !== '' && failures.every(other => other.message !== message)
    const least = isNew ? await minimise(input, shorter => failsAlike(shorter, message)) : input
    failures.push({ index, message, uncaught: !(error instanceof Violation), input, least })
  }

  async function failsAlike(input: string, message: string): Promise<boolean> {
    try {
      await fuzzer.check(input)
      return false
    } catch (error) {
      return messageOf(error) === message
    }
  }

  function report(): Report {
    return {
      cases: done,
      seconds: (performance.now() - startMs) / 1000,
      failures,
      outcomes: [...outcomes].sort(([, one], [, other]) => other - one),
      slowest: watch.slowest,
      stalls: watch.stalls,
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
}
