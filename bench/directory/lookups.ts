import { setTimeout as sleep } from 'node:timers/promises'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Principal } from '../database/principals.ts'
import { monotonicMs, startMetronome } from '../load/metronome.ts'
import { summarise } from '../load/samples.ts'
import { collectGarbage, watchPauses } from './garbage.ts'
import type { Asked, Filled, Origins, Together } from './orders.ts'
import type { SidecarDirectory } from './sidecar-directory.ts'

/** Lookups under way at a time while a directory is filled: no more than a control plane answers within its deadline. */
const fillLanes = 8
/** The thread that keeps time takes a while to start, and what is due meanwhile would be late. */
const leadMs = 500
const retryMs = 1000
const attemptsMax = 60

/** Looks all of them up, a few at a time. */
export async function fill(directory: SidecarDirectory, principals: readonly Principal[]): Promise<Filled> {
  const before = { ...directory.origins }
  const startMs = monotonicMs()
  const waiting = principals.values()
  const lane = async () => {
    for (const principal of waiting) await untilAnswered(directory, principal)
  }
  await Promise.all(Array.from({ length: fillLanes }, lane))
  return { seconds: (monotonicMs() - startMs) / 1000, origins: since(before, directory.origins) }
}

/** Each is due at its time, whatever became of those before it. Nothing is left of what was done before. */
export async function ask(
  directory: SidecarDirectory,
  principals: readonly Principal[],
  perSecond: number,
): Promise<Asked> {
  const before = { ...directory.origins }
  const latencies: number[] = []
  const lateness: number[] = []
  const answers: Promise<void>[] = []
  let unavailable = 0
  collectGarbage()
  const pauses = watchPauses()
  const intervalMs = 1000 / perSecond
  const startMs = monotonicMs() + leadMs

  const answer = async (principal: Principal, dueMs: number) => {
    lateness.push(monotonicMs() - dueMs)
    if ((await attempt(directory, principal)) === null) unavailable += 1
    else latencies.push(monotonicMs() - dueMs)
  }
  await startMetronome({ startMs, intervalMs, beats: principals.length }, number => {
    answers.push(answer(principals[number]!, startMs + number * intervalMs))
  })
  await Promise.all(answers)
  return {
    latencyMs: summarise(latencies),
    lateMs: summarise(lateness),
    longestPauseMs: pauses.stop(),
    origins: since(before, directory.origins),
    unavailable,
  }
}

/** All at once in all of them: what is not answered is asked again after a while, as a client would. */
export async function askTogether(
  directories: readonly SidecarDirectory[],
  principals: readonly Principal[],
): Promise<Together> {
  const startMs = monotonicMs()
  const usedBefore = process.cpuUsage()
  const answeredMs: number[] = []
  let unavailable = 0
  await Promise.all(
    directories.flatMap(directory =>
      principals.map(async principal => {
        const failed = await untilAnswered(directory, principal)
        unavailable += failed
        answeredMs.push(monotonicMs() - startMs)
      }),
    ),
  )
  const { p50, max } = summarise(answeredMs)
  const { user, system } = process.cpuUsage(usedBefore)
  const origins = { memory: 0, store: 0, control: 0 }
  for (const directory of directories) {
    for (const origin of ['memory', 'store', 'control'] as const) origins[origin] += directory.origins[origin]
  }
  return {
    directories: directories.length,
    seconds: max / 1000,
    halfSeconds: p50 / 1000,
    cpuSeconds: (user + system) / 1e6,
    unavailable,
    origins,
  }
}

/** Throws unless this is the access of that principal in that tenant: figures of wrong answers are worth nothing. */
export function expectAccess(found: PreparedAccess | null, { tenantId, issuer, subject }: Principal): void {
  const document = found?.document
  if (
    document?.tenant.id !== tenantId ||
    document.principal.issuer !== issuer ||
    document.principal.subject !== subject
  )
    throw new Error('a lookup answered with the wrong access, or with none')
}

/** Answers how often nobody could tell. */
async function untilAnswered(directory: SidecarDirectory, principal: Principal): Promise<number> {
  for (let failed = 0; failed < attemptsMax; failed += 1) {
    if ((await attempt(directory, principal)) !== null) return failed
    await sleep(retryMs * (0.5 + Math.random()))
  }
  throw new Error('a lookup was not answered in time, however often it was tried')
}

/** Null where nobody could tell. */
async function attempt(directory: SidecarDirectory, principal: Principal): Promise<true | null> {
  try {
    expectAccess(await directory.lookup(principal, principal.tenantId), principal)
    return true
  } catch (error) {
    if (error instanceof Fault && error.code === 'DIRECTORY_UNAVAILABLE') return null
    throw error
  }
}

function since(before: Origins, now: Origins): Origins {
  return {
    memory: now.memory - before.memory,
    store: now.store - before.store,
    control: now.control - before.control,
  }
}
