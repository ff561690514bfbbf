import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../load/child.ts'
import { startChild } from '../load/child.ts'
import type { Load, LoadResult } from '../load/open-loop.ts'
import { pin } from '../load/pinning.ts'
import type { Attacked, AttackOrder } from './attacks.ts'
import { bombs } from './bombs.ts'
import type { Extent, HostileExtent } from './extents.ts'
import { extents } from './extents.ts'
import type { Input } from './inputs.ts'
import { hostileInputs } from './inputs.ts'
import type { TokenMemory } from './measure-tokens.ts'
import { measureTokens } from './measure-tokens.ts'
import type { SidecarHello, SidecarOrder } from './sidecar-process.ts'
import type { Usage } from './usage.ts'

export type Flooded = {
  readonly name: string
  readonly isHonest: boolean
  readonly inputBytes: number
  /** Inputs in a second. */
  readonly perSecond: number
  readonly attacker: Attacked
  readonly sidecarMicroseconds: number
  /** What was resident at most, above what was resident before; null where the system does not say. */
  readonly peakBytes: number | null
  readonly stallMs: number
  readonly stallCpuMs: number
  /** What is held for as long as the last byte is. Null where the input cannot be held back. */
  readonly held: { readonly sidecarBytes: number; readonly attacker: Attacked } | null
}

export type Exploded = {
  readonly name: string
  readonly peakBytes: number | null
  readonly stallMs: number
  readonly stallCpuMs: number
  readonly cpuMicroseconds: number
}

export type Slowed = {
  readonly name: string
  readonly connections: number
  readonly alone: LoadResult
  readonly beside: LoadResult
  readonly attacker: Attacked
  readonly headTimeoutMs: number
}

export type HostileMeasured = {
  readonly extent: Extent
  readonly tokens: readonly TokenMemory[]
  readonly floods: readonly Flooded[]
  /** What a connection costs that has sent nothing but a byte. */
  readonly idleConnectionBytes: number
  readonly bombs: readonly Exploded[]
  readonly slow: Slowed
}

const orderMs = 120_000
const bombMs = 1500
const warmUpMs = 1500
const trickleEveryMs = 1000
/** Of the 300 ms after a look, and the garbage collections around them. */
const idleMicroseconds = 200_000
const idleLooksMax = 40

type Parts = {
  readonly sidecar: Child
  readonly attacker: Child
  readonly load: Child
  readonly hello: SidecarHello
}

/** Starts a sidecar, a service and a client that means no good, each a process, and measures the one against the other. */
export async function measureHostile(
  name: HostileExtent,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<HostileMeasured> {
  const extent = extents[name]
  const tokens = await measureTokens(extent, closers, progress)
  const parts = await start(closers)
  await warmUp(parts)
  const { connections } = extent.held
  const idle = await hold(parts, 'GE', connections, await usage(parts))
  const idleConnectionBytes = idle === null ? 0 : idle.sidecarBytes / connections
  const floods: Flooded[] = []
  for (const input of hostileInputs(parts.hello)) {
    floods.push(await flood(parts, input, extent))
    progress(`${input.name}`)
  }
  const exploded: Exploded[] = []
  for (const bomb of bombs) {
    exploded.push(await explode(parts, bomb.name))
    progress(bomb.name)
  }
  const slow = await slowDown(parts, extent)
  progress(`${extent.slow.connections} slow connections`)
  return { extent, tokens, floods, idleConnectionBytes, bombs: exploded, slow }
}

async function start(closers: (() => unknown)[]): Promise<Parts> {
  const pinning = pin()
  const service = await startChild({ file: '../hostile/service-process.ts', cores: null })
  closers.push(service.child.close)
  const origin = `http://127.0.0.1:${(service.hello as { port: number }).port}`
  const sidecar = await startChild({
    file: '../hostile/sidecar-process.ts',
    args: [origin],
    cores: pinning === null ? null : pinning.sidecar,
  })
  closers.push(sidecar.child.close)
  const attacker = await startChild({ file: '../hostile/attacker-process.ts', cores: null })
  closers.push(attacker.child.close)
  const load = await startChild({ file: 'load-process.ts', cores: null })
  closers.push(load.child.close)
  return {
    sidecar: sidecar.child,
    attacker: attacker.child,
    load: load.child,
    hello: sidecar.hello as SidecarHello,
  }
}

async function warmUp(parts: Parts): Promise<void> {
  for (const { bytes, answers } of hostileInputs(parts.hello).filter(({ honest }) => honest))
    await attack(parts, {
      do: 'flood',
      port: parts.hello.port,
      bytes,
      answers,
      connections: 8,
      forMs: warmUpMs,
    })
}

async function flood(parts: Parts, input: Input, extent: Extent): Promise<Flooded> {
  const { port } = parts.hello
  const { bytes, answers, name } = input
  const before = await usage(parts)
  const { connections, ms } = extent.flood
  const attacker = await attack(parts, { do: 'flood', port, bytes, answers, connections, forMs: ms })
  const after = await usage(parts)
  const held = await hold(parts, bytes, extent.held.connections, after)
  return {
    name,
    isHonest: input.honest ?? false,
    inputBytes: bytes.length,
    perSecond: attacker.bytes / bytes.length / (attacker.ms / 1000),
    attacker,
    sidecarMicroseconds: after.spentMicroseconds - before.cpuMicroseconds,
    peakBytes: after.peakRssBytes === null ? null : after.peakRssBytes - before.rssBytes,
    stallMs: after.stallMs,
    stallCpuMs: after.stallCpuMs,
    held,
  }
}

async function hold(
  parts: Parts,
  bytes: string,
  connections: number,
  before: Usage,
): Promise<Flooded['held']> {
  const { port } = parts.hello
  const attacker = await attack(parts, { do: 'hold', port, bytes, connections })
  const during = await usage(parts)
  await attack(parts, { do: 'release' })
  await untilIdle(parts)
  if (attacker.closed > 0) return null
  return { sidecarBytes: during.heapBytes - before.heapBytes, attacker }
}

/** What was sent already is worked off first: what it costs is none of the next input's. */
async function untilIdle(parts: Parts): Promise<void> {
  for (let look = 0; look < idleLooksMax; look += 1) {
    const { spentMicroseconds, cpuMicroseconds } = await usage(parts)
    if (cpuMicroseconds - spentMicroseconds < idleMicroseconds) return
  }
}

/** A token with an unknown key makes the sidecar ask for keys, and the answer is hostile. */
async function explode(parts: Parts, name: string): Promise<Exploded> {
  await order(parts.sidecar, { do: 'arm', bomb: name })
  const before = await usage(parts)
  const { bytes, answers } = hostileInputs(parts.hello).find(each => each.name.includes('unknown key'))!
  await attack(parts, { do: 'flood', port: parts.hello.port, bytes, answers, connections: 1, forMs: bombMs })
  const after = await order(parts.sidecar, { do: 'arm', bomb: null })
  return {
    name,
    peakBytes: after.peakRssBytes === null ? null : after.peakRssBytes - before.rssBytes,
    stallMs: after.stallMs,
    stallCpuMs: after.stallCpuMs,
    cpuMicroseconds: after.spentMicroseconds - before.cpuMicroseconds,
  }
}

async function slowDown(parts: Parts, { slow }: Extent): Promise<Slowed> {
  const { port, headTimeoutMs, tokens } = parts.hello
  const question = {
    request: `GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${tokens.good}\r\n\r\n`,
    body: 'ok',
  }
  const load: Load = {
    port,
    perSecond: slow.perSecond,
    count: slow.perSecond * slow.seconds,
    untimed: slow.perSecond,
    questions: [question],
    seed: 1,
    connectionsMax: 32,
  }
  const alone = (await parts.load.ask(load, orderMs)) as LoadResult
  const bytes = `GET /notes HTTP/1.1\r\nHost: a\r\n${'X-Slow: a\r\n'.repeat(100)}`
  const attacking = attack(parts, {
    do: 'trickle',
    port,
    bytes,
    connections: slow.connections,
    everyMs: trickleEveryMs,
    atMostMs: headTimeoutMs * 3,
  })
  await sleep(trickleEveryMs)
  const beside = (await parts.load.ask(load, orderMs)) as LoadResult
  return {
    name: 'heads, a byte a second',
    connections: slow.connections,
    alone,
    beside,
    attacker: await attacking,
    headTimeoutMs,
  }
}

function usage({ sidecar }: Parts): Promise<Usage> {
  return order(sidecar, { do: 'usage' })
}

async function order(sidecar: Child, asked: SidecarOrder): Promise<Usage> {
  return (await sidecar.ask(asked, orderMs)) as Usage
}

async function attack({ attacker }: Parts, asked: AttackOrder): Promise<Attacked> {
  return (await attacker.ask(asked, orderMs)) as Attacked
}
