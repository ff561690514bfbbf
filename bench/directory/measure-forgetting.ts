import { setTimeout as sleep } from 'node:timers/promises'
import { runtimePasswordOf } from '../../src/demo/runtime-password.ts'
import { openTransactions } from '../database/server.ts'
import type { Back } from '../load/back.ts'
import { startChild } from '../load/child.ts'
import type { BenchUser } from '../load/population.ts'
import { silentRelay, unreadableFeed } from './channel.ts'
import type { Extent } from './extents.ts'
import type { Caller, Forgotten, Withdrawal } from './forgetting.ts'
import { forgetInTurn, forgetTogether, withdrawals } from './forgetting.ts'
import { connectRedis } from './redis-counts.ts'

export type ForgettingMeasured = {
  /** As it is. */
  readonly told: readonly Forgotten[]
  /** With the channel cut. */
  readonly untold: readonly { readonly cut: string; readonly forgotten: Forgotten }[]
}

export type ForgettingOptions = {
  readonly back: Back
  readonly redisUrl: string
  /** As many as `usersNeeded`, and no more. */
  readonly users: readonly BenchUser[]
  readonly extent: Extent
  readonly closers: (() => unknown)[]
  readonly progress: (line: string) => void
}

const sidecarCount = 20
/** As often as two cores can have 20 sidecars asked without being busy with that. */
const often = { everyMs: 10, withinMs: 20_000 }
const seldom = { everyMs: 250, withinMs: 120_000 }
const keptMs = 3_600_000
const settleMs = 3000

/** Nobody gets back what was taken away, so that every repeat has somebody of its own. */
export function usersNeeded({ withdrawn: { each, uncounted, cut } }: Extent): number {
  return 3 * each + uncounted + 2 * cut
}

export async function measureForgetting(options: ForgettingOptions): Promise<ForgettingMeasured> {
  const { back, closers, progress } = options
  const { each, uncounted, cut } = options.extent.withdrawn
  const ports = await startSidecars(back, closers)
  progress(`${ports.length} sidecars listen`)
  const runtime = openTransactions(runtimeUrl(back.ownerUrl), cut + 1, closers)
  const redis = connectRedis(options.redisUrl)
  closers.push(() => redis.disconnect())
  const callers: readonly Caller[] = await Promise.all(
    options.users.map(async user => ({ user, token: await back.tokenOf(user) })),
  )
  const left = [...callers]
  const next = (count: number) => left.splice(0, count)
  const { demotion, removal, revocation } = withdrawals(runtime, keptMs)

  const often20 = { ...often, ports }
  await forgetInTurn(demotion, next(uncounted), often20)
  const told: Forgotten[] = []
  for (const withdrawal of [demotion, removal, revocation(back.variables.POSTERN_DEMO_ISSUER!)]) {
    const forgotten = await forgetInTurn(withdrawal, next(each), often20)
    progress(`${forgotten.name}: the last after ${line(forgotten)}`)
    told.push(forgotten)
  }

  const untold: ForgettingMeasured['untold'][number][] = []
  for (const channel of cut === 0 ? [] : [unreadableFeed(redis), silentRelay(back.ownerUrl)]) {
    const forgotten = await withCut(demotion, next(cut), channel)
    progress(`${channel.name}: the last after ${line(forgotten)}`)
    untold.push({ cut: channel.name, forgotten })
  }
  return { told, untold }

  async function withCut(
    withdrawal: Withdrawal,
    some: readonly Caller[],
    channel: ReturnType<typeof silentRelay>,
  ) {
    try {
      return await forgetTogether(withdrawal, some, { ...seldom, ports }, channel.cut)
    } finally {
      await channel.mend()
      await sleep(settleMs)
    }
  }
}

async function startSidecars(back: Back, closers: (() => unknown)[]): Promise<readonly number[]> {
  const service = await startChild({ file: 'upstream.ts', cores: null })
  closers.push(service.child.close)
  const { port } = service.hello as { readonly port: number }
  const sidecars = await startChild({
    file: '../directory/sidecars-process.ts',
    args: [String(sidecarCount)],
    env: {
      ...back.variables,
      POSTERN_DEMO_UPSTREAM: `http://127.0.0.1:${port}`,
      POSTERN_DEMO_LOG_LEVEL: 'error',
    },
    cores: null,
  })
  closers.push(sidecars.child.close)
  sidecars.child.process.stdout!.resume()
  return sidecars.hello as readonly number[]
}

function runtimeUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  Object.assign(url, { username: 'postern_runtime', password: runtimePasswordOf(ownerUrl) })
  return url.href
}

function line({ lastMs }: Forgotten): string {
  return `${lastMs.p50.toFixed(0)} ms, p99 ${lastMs.p99.toFixed(0)} ms`
}
