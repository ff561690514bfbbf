import type { Principal } from '../database/principals.ts'
import type { Variables } from '../load/back.ts'
import type { Child } from '../load/child.ts'
import { startChild } from '../load/child.ts'
import type { ControlProcess } from './control.ts'
import type { Extent } from './extents.ts'
import type { Asked, Filled, Memory, Order, Together, Warm } from './orders.ts'
import type { CommandCounts } from './redis-counts.ts'
import { commandCounts, connectRedis, countsSince } from './redis-counts.ts'

export type LookupsMeasured = {
  readonly warm: Warm & { readonly principals: number }
  readonly store: readonly Asked[]
  readonly control: readonly Asked[]
  readonly perSecond: { readonly store: number; readonly control: number }
  readonly memory: {
    /** Looked up, and how many of them were still remembered then. */
    readonly principals: number
    readonly held: number
    readonly before: Memory
    readonly after: Memory
  }
  readonly together: Together & {
    readonly principals: number
    /** That the control plane answered. */
    readonly questions: number
    readonly commands: CommandCounts
  }
  /** Of the control plane, asked for a few at a time. */
  readonly answersPerSecond: number
}

export type LookupOptions = {
  readonly variables: Variables
  readonly redisUrl: string
  readonly control: ControlProcess
  /** In the order in which they are asked for; none twice. */
  readonly principals: readonly Principal[]
  readonly extent: Extent
  readonly closers: (() => unknown)[]
  readonly progress: (line: string) => void
}

const perSecond = { store: 500, control: 50 }
const directoriesTogether = 20
/** Connections are made, and code is compiled, before anything is timed. */
const warmUpCount = 200
const graceMs = 120_000

/** How many different principals all of it asks for. */
export function principalsNeeded({ warm, store, control, together }: Extent): number {
  return (
    warmUpCount +
    warm.principals +
    store.slices * store.count +
    control.slices * control.count +
    together.principals
  )
}

/** Every lookup but those that are remembered is for a principal whom nobody has asked for before. */
export async function measureLookups(options: LookupOptions): Promise<LookupsMeasured> {
  const { extent, progress, control } = options
  const { child } = await startChild({
    file: '../directory/directory-process.ts',
    env: options.variables,
    cores: null,
  })
  options.closers.push(child.close)
  const redis = connectRedis(options.redisUrl)
  options.closers.push(() => redis.disconnect())
  const run = runner(child)
  const left = [...options.principals]
  const next = (count: number) => left.splice(0, count)

  const known = next(warmUpCount)
  await run.open(1)
  await run.fill(known)
  const slow = await slices(extent.control.slices, async () => {
    const asked = await run.ask(next(extent.control.count), perSecond.control)
    expectOrigins(asked, 'control')
    return asked
  })
  progress(`from the control plane: p99 ${worst(slow)}`)

  const middle = await slices(extent.store.slices, async () => {
    const principals = next(extent.store.count)
    await run.fill(principals)
    await run.open(1)
    await run.fill(known)
    const asked = await run.ask(principals, perSecond.store)
    expectOrigins(asked, 'store')
    return asked
  })
  progress(`from Redis: p99 ${worst(middle)}`)

  const many = next(extent.warm.principals)
  await run.open(1)
  await run.fill(known)
  const before = await run.memory()
  const filled = await run.fill(many)
  const after = await run.memory()
  const held = (await run.fill(many.toReversed())).origins.memory
  const memory = { principals: many.length, held, before, after }
  const answersPerSecond = many.length / filled.seconds
  progress(`${Math.round(answersPerSecond)} answers a second; ${held} of ${many.length} remembered`)

  await run.open(1)
  const warmed = many.slice(-warmedMost)
  await run.fill(warmed)
  const warm = await run.warm(warmed, extent.warm.lookups)
  progress(`remembered: p99 ${warm.remembered.microseconds.p99.toFixed(2)} µs`)

  const principals = next(extent.together.principals)
  await run.open(directoriesTogether)
  const counted = { questions: await control.questions(), commands: await commandCounts(redis) }
  const together = await run.together(principals)
  const commands = countsSince(counted.commands, await commandCounts(redis))
  const questions = (await control.questions()) - counted.questions
  progress(`${together.directories} cold starts: ${questions} questions, ${together.seconds.toFixed(2)} s`)
  await child.close()
  return {
    warm: { ...warm, principals: warmed.length },
    store: middle,
    control: slow,
    perSecond,
    memory,
    together: { ...together, principals: principals.length, questions, commands },
    answersPerSecond,
  }
}

/** So many can be read out of Redis and looked up before the first of them would be refreshed. */
const warmedMost = 5000

function runner(child: Child) {
  const order = (what: Order, withinMs: number = graceMs) => child.ask(what, withinMs)
  return {
    open: (directories: number) => order({ do: 'open', directories }),
    fill: async (principals: readonly Principal[]) => (await order({ do: 'fill', principals })) as Filled,
    ask: async (principals: readonly Principal[], rate: number) =>
      (await order(
        { do: 'ask', principals, perSecond: rate },
        (principals.length / rate) * 1000 + graceMs,
      )) as Asked,
    memory: async () => (await order({ do: 'memory' })) as Memory,
    warm: async (principals: readonly Principal[], lookups: number) =>
      (await order({ do: 'warm', principals, lookups })) as Warm,
    together: async (principals: readonly Principal[]) =>
      (await order({ do: 'together', principals })) as Together,
  }
}

async function slices(count: number, slice: () => Promise<Asked>): Promise<readonly Asked[]> {
  const measured: Asked[] = []
  for (let number = 0; number < count; number += 1) measured.push(await slice())
  return measured
}

/**
 * A few may be found elsewhere: Redis is given 20 ms, and then the control plane is asked. Throws where most were, since
 * then something else is being timed.
 */
function expectOrigins({ origins }: Asked, only: 'store' | 'control'): void {
  if (2 * origins[only] < origins.memory + origins.store + origins.control)
    throw new Error(`most access was not found where it should be: ${JSON.stringify(origins)}`)
}

function worst(measured: readonly Asked[]): string {
  return `${Math.max(...measured.map(({ latencyMs }) => latencyMs.p99)).toFixed(2)} ms in the worst slice`
}
