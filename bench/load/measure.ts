import type { BenchOptions } from '../arguments.ts'
import type { StageTimes } from './access-lines.ts'
import { startBack, startControlHere } from './back.ts'
import { checkAnswers } from './check.ts'
import type { Child } from './child.ts'
import { startChild } from './child.ts'
import type { Load, LoadResult, Question } from './open-loop.ts'
import type { Pinning } from './pinning.ts'
import { pin } from './pinning.ts'
import { inventUsers } from './population.ts'
import { directQuestion, throughQuestion } from './questions.ts'
import type { Sidecar, Usage } from './sidecar.ts'
import { startSidecar } from './sidecar.ts'

/** One slice of load, and what the sidecar said and used meanwhile. */
export type Through = {
  readonly load: LoadResult
  readonly times: StageTimes
  /** Of the sidecar's process, for each request. */
  readonly cpuMicroseconds: number
  /** The longest that garbage collection stopped the sidecar. */
  readonly longestPauseMs: number
}

export type Measured = {
  readonly pinning: Pinning | null
  readonly hasRedis: boolean
  /** Slices in the order they ran: direct, then through, and again. */
  readonly pairs: readonly { readonly direct: LoadResult; readonly through: Through }[]
  /** A token never seen before, of a principal who is remembered. */
  readonly newToken: Through
  /** A token never seen before, of a principal nobody has asked for. */
  readonly newPrincipal: Through
  readonly memory: { readonly started: Usage; readonly warm: Usage; readonly ended: Usage }
}

type Bench = {
  readonly options: BenchOptions
  readonly load: Child
  readonly sidecar: Sidecar
  readonly sidecarPort: number
  readonly servicePort: number
  readonly progress: (line: string) => void
}

const tenantCount = 8
const warmUsers = 200
const connectionsMax = 64
const warmUpSeconds = 8
/** Strangers come at a pace that a control plane beside everything else on one core can keep. */
const introductionsPerSecond = 25
const coldPerSecond = 50
const anotherTokenMs = 60_000
const graceMs = 20_000
const linesMs = 3000

/**
 * Starts everything in processes of its own, checks that answers are right, warms up, and measures. What it has
 * started is put on `closers`, last first.
 */
export async function measure(
  options: BenchOptions,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<Measured> {
  const pinning = pin()
  progress(pinning === null ? 'no core can be kept for the sidecar' : describe(pinning))
  const users = inventUsers(tenantCount, warmUsers + options.coldTokens)
  const known = users.slice(0, warmUsers)
  const back = await startBack(
    {
      users,
      databaseUrl: process.env.DATABASE_URL,
      redisUrl: process.env.REDIS_URL,
      startControl: startControlHere,
    },
    closers,
    progress,
  )
  const service = await startChild({ file: 'upstream.ts', cores: null })
  closers.push(service.child.close)
  const servicePort = (service.hello as { port: number }).port
  const variables = { ...back.variables, POSTERN_DEMO_UPSTREAM: `http://127.0.0.1:${servicePort}` }
  const sidecar = await startSidecar(variables, pinning === null ? null : pinning.sidecar)
  closers.push(sidecar.close)
  const { child: load } = await startChild({ file: 'load-process.ts', cores: null })
  closers.push(load.close)

  const tokens = await Promise.all(known.map(user => back.tokenOf(user)))
  const newTokens = await Promise.all(
    Array.from({ length: options.coldTokens }, (_, index) =>
      back.tokenOf(known[index % warmUsers]!, (1 + Math.floor(index / warmUsers)) * anotherTokenMs),
    ),
  )
  const strangers = users.slice(warmUsers)
  const strangersTokens = await Promise.all(strangers.map(user => back.tokenOf(user)))

  const started = await sidecar.usage()
  await checkAnswers(sidecar.ports, known[0]!, tokens[0]!)
  progress('answers are right: tenant and assertion reach the service')
  const sidecarPort = Number(new URL(sidecar.ports.traffic).port)
  const bench = { options, load, sidecar, sidecarPort, servicePort, progress }

  const viaSidecar = known.map((user, index) => throughQuestion(user, tokens[index]!))
  const direct = known.map((user, index) => directQuestion(user, tokens[index]!))
  await warmUp(bench, direct, viaSidecar)
  const warm = await sidecar.usage()
  const pairs = await alternate(bench, direct, viaSidecar)
  const ended = await sidecar.usage()
  const newTokenQuestions = newTokens.map((token, index) => throughQuestion(known[index % warmUsers]!, token))
  const newToken = await cold(bench, 'tokens never seen', newTokenQuestions)
  const newPrincipalQuestions = strangers.map((user, index) => throughQuestion(user, strangersTokens[index]!))
  const newPrincipal = await cold(bench, 'principals never seen', newPrincipalQuestions)
  return {
    pinning,
    hasRedis: back.redisUrl !== null,
    pairs,
    newToken,
    newPrincipal,
    memory: { started, warm, ended },
  }
}

function describe({ sidecar, others }: Pinning): string {
  return `core ${sidecar} is the sidecar's; load, service and stores share ${others}`
}

async function warmUp(bench: Bench, direct: readonly Question[], viaSidecar: readonly Question[]) {
  const { perSecond } = bench.options
  bench.progress(`warming up for ${warmUpSeconds} s`)
  const order = { perSecond, untimed: 0, seed: 1, connectionsMax, count: perSecond * (warmUpSeconds / 2) }
  await ask(bench, { ...order, port: bench.servicePort, questions: direct })
  const each = { perSecond: introductionsPerSecond, seed: null, count: viaSidecar.length }
  await ask(bench, { ...order, ...each, port: bench.sidecarPort, questions: viaSidecar })
  await ask(bench, { ...order, port: bench.sidecarPort, questions: viaSidecar })
}

async function alternate(bench: Bench, direct: readonly Question[], viaSidecar: readonly Question[]) {
  const { perSecond, seconds, pairs } = bench.options
  const count = Math.round((perSecond * seconds) / (2 * pairs))
  const results: { direct: LoadResult; through: Through }[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = { perSecond, count, untimed: Math.floor(count / 10), seed: 2 + pair, connectionsMax }
    const plain = await ask(bench, { ...order, port: bench.servicePort, questions: direct })
    const through = await askThrough(bench, { ...order, port: bench.sidecarPort, questions: viaSidecar })
    const figures = `direct p99 ${plain.latencyMs.p99.toFixed(2)} ms, through ${through.load.latencyMs.p99.toFixed(2)} ms`
    bench.progress(`${pair + 1} of ${pairs}: ${figures}`)
    results.push({ direct: plain, through })
  }
  return results
}

async function cold(bench: Bench, what: string, questions: readonly Question[]): Promise<Through> {
  const count = questions.length
  bench.progress(`${count} ${what}`)
  const order = { perSecond: coldPerSecond, count, untimed: 0, seed: null, connectionsMax }
  return askThrough(bench, { ...order, port: bench.sidecarPort, questions })
}

async function askThrough(bench: Bench, load: Load): Promise<Through> {
  const { sidecar } = bench
  sidecar.lines.restart()
  const before = await sidecar.usage()
  const result = await ask(bench, load)
  const after = await sidecar.usage()
  const times = await sidecar.lines.times(load.count, linesMs)
  return {
    load: result,
    times,
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / load.count,
    longestPauseMs: after.longestPauseMs,
  }
}

/** Figures of wrong answers are worth nothing, so one is enough to stop. */
async function ask(bench: Bench, load: Load): Promise<LoadResult> {
  const withinMs = (load.count / load.perSecond) * 1000 + graceMs
  const result = (await bench.load.ask(load, withinMs)) as LoadResult
  if (result.wrong === 0) return result
  throw new Error(
    `${result.wrong} of ${load.count} answers were wrong or missing: ${result.examples.join(' | ')}`,
  )
}
