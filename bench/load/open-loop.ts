import { createRandom } from '../../test/support/random.ts'
import { Connection } from './connection.ts'
import { monotonicMs, startMetronome } from './metronome.ts'
import type { Summary } from './samples.ts'
import { summarise } from './samples.ts'

/** A request as its bytes, and the only body that is right. */
export type Question = { readonly request: string; readonly body: string }

export type Load = {
  readonly port: number
  readonly perSecond: number
  readonly count: number
  /** That many requests at the start are checked but not timed: connections open meanwhile. */
  readonly untimed: number
  readonly questions: readonly Question[]
  /** Questions are chosen at random with this seed; null asks each once, in order. */
  readonly seed: number | null
  readonly connectionsMax: number
}

export type LoadResult = {
  /** From the moment a request was due until its answer was complete, in milliseconds. */
  readonly latencyMs: Summary
  /** How late requests left, because the load or all its connections were busy. */
  readonly lateMs: Summary
  readonly answered: number
  /** Answered wrongly or not at all. */
  readonly wrong: number
  /** The first wrong answers, for a reader. */
  readonly examples: readonly string[]
}

type Due = { readonly question: Question; readonly atMs: number; readonly timed: boolean }

const leadMs = 20
const lastAnswersMs = 5000
const examplesMax = 3
const exampleLengthMax = 300

/**
 * An open loop: requests are due at a steady rate whatever becomes of earlier ones, so that waiting behind a slow one
 * counts. Every answer is checked, status and body.
 */
export async function runOpenLoop(load: Load): Promise<LoadResult> {
  const { questions, count, seed } = load
  const random = createRandom(seed ?? 0)
  const intervalMs = 1000 / load.perSecond
  const startMs = monotonicMs() + leadMs
  const loop = new OpenLoop(load)
  await startMetronome({ startMs, intervalMs, beats: count }, number => {
    const index = seed === null ? number : Math.floor(random() * questions.length)
    loop.ask({
      question: questions[index]!,
      atMs: startMs + number * intervalMs,
      timed: number >= load.untimed,
    })
  })
  await loop.settled()
  return loop.close()
}

class OpenLoop {
  readonly #load: Load
  readonly #idle: Connection[] = []
  readonly #open = new Set<Connection>()
  readonly #queue: Due[] = []
  readonly #latencies: number[] = []
  readonly #lateness: number[] = []
  readonly #examples: string[] = []
  #asked = 0
  #answered = 0
  #right = 0
  #onSettled = () => {}

  constructor(load: Load) {
    this.#load = load
  }

  ask(due: Due): void {
    this.#asked += 1
    const connection = this.#idle.pop() ?? this.#connect()
    if (connection === null) this.#queue.push(due)
    else this.#send(connection, due)
  }

  /** Once everything asked is answered, or has had its time. */
  settled(): Promise<void> {
    if (this.#answered === this.#asked) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, lastAnswersMs)
      this.#onSettled = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  close(): LoadResult {
    const result = {
      latencyMs: summarise(this.#latencies),
      lateMs: summarise(this.#lateness),
      answered: this.#answered,
      wrong: this.#load.count - this.#right,
      examples: [...this.#examples],
    }
    for (const connection of this.#open) connection.close()
    return result
  }

  #connect(): Connection | null {
    if (this.#open.size >= this.#load.connectionsMax) return null
    const connection = new Connection(this.#load.port, () => this.#open.delete(connection))
    this.#open.add(connection)
    return connection
  }

  #send(connection: Connection, due: Due): void {
    if (due.timed) this.#lateness.push(monotonicMs() - due.atMs)
    connection.send(due.question.request, (status, body) => {
      if (due.timed) this.#latencies.push(monotonicMs() - due.atMs)
      this.#check(due.question, status, body)
      this.#release(connection)
    })
  }

  #check(question: Question, status: number, body: string): void {
    this.#answered += 1
    if (status === 200 && body === question.body) this.#right += 1
    else if (this.#examples.length < examplesMax) {
      this.#examples.push(
        status === 0 ? 'the connection broke' : `${status} ${body}`.slice(0, exampleLengthMax),
      )
    }
    if (this.#answered === this.#asked) this.#onSettled()
  }

  #release(connection: Connection): void {
    const freed = this.#open.has(connection) ? connection : this.#connect()
    const due = this.#queue.shift()
    if (freed === null) return
    if (due === undefined) this.#idle.push(freed)
    else this.#send(freed, due)
  }
}
