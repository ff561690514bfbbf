import type { Teardown } from '../../support/raw-peer.ts'
import type { HeadCase } from './case.ts'
import type { HonestCase } from './honest.ts'
import type { Fragmentation, Verdict } from './judge.ts'
import { judge } from './judge.ts'
import type { Lane } from './lane.ts'
import { openLane } from './lane.ts'

export type Judged<Case> = { readonly tried: Case; readonly verdict: Verdict }

const lanesCount = 8

/** Tries every case in one fragmentation, several at a time, each against a sidecar that nobody else uses meanwhile. */
export async function runCases<Case extends HeadCase | HonestCase>(
  scope: Teardown,
  all: readonly Case[],
  fragmentation: Fragmentation,
): Promise<{ readonly judged: readonly Judged<Case>[]; readonly late: number }> {
  const lanes = await Promise.all(Array.from({ length: lanesCount }, () => openLane(scope)))
  const judged: Judged<Case>[] = []
  let next = 0
  const work = async (lane: Lane) => {
    while (next < all.length) {
      const tried = all[next++]!
      judged.push({ tried, verdict: await judge(lane, tried, fragmentation) })
    }
  }
  await Promise.all(lanes.map(work))
  return { judged, late: lanes.reduce((sum, lane) => sum + lane.late(), 0) }
}

export function faultsOf(judged: readonly Judged<HeadCase | HonestCase>[]): string[] {
  return judged.flatMap(({ tried, verdict }) =>
    verdict.fault === null ? [] : [`${tried.name}: ${verdict.fault}`],
  )
}
