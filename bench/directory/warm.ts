import { createRandom } from '../../test/support/random.ts'
import type { Principal } from '../database/principals.ts'
import { median, summarise } from '../load/samples.ts'
import { collectGarbage } from './garbage.ts'
import { expectAccess } from './lookups.ts'
import type { Warm, WarmLookups } from './orders.ts'
import type { SidecarDirectory } from './sidecar-directory.ts'

/** The object to ask with, for a principal. */
type ClaimsOf = (principal: Principal) => Principal

/** Enough that a few kilobytes more or less do not matter, and far below what fills the young generation once. */
const allocationLookups = 2000
const allocationRounds = 21
/** A sidecar has the claims of no more tokens than these. */
const tokensMax = 20_000

/**
 * Times each lookup by itself, in an order that jumps about. All that is looked up must be fresh in memory: an answer
 * that has to be waited for is an error.
 */
export function timeWarm(
  directory: SidecarDirectory,
  principals: readonly Principal[],
  lookups: number,
): Warm {
  const random = createRandom(1)
  const order = Array.from({ length: lookups }, () => principals[Math.floor(random() * principals.length)]!)
  return {
    remembered: measure(directory, order, principal => principal),
    equal: measure(directory, order.slice(0, tokensMax), principal => ({ ...principal })),
    timing: summarise(order.map(() => -(performance.now() - performance.now()) * 1000)),
  }
}

function measure(directory: SidecarDirectory, order: readonly Principal[], claimsOf: ClaimsOf): WarmLookups {
  for (const principal of order) expectAccess(lookUp(directory, claimsOf(principal)), principal)
  const asked = order.map(claimsOf)
  const microseconds = new Float64Array(order.length)
  for (let index = 0; index < asked.length; index += 1) {
    const startMs = performance.now()
    const found = lookUp(directory, asked[index]!)
    microseconds[index] = (performance.now() - startMs) * 1000
    expectAccess(found, order[index]!)
  }
  return { microseconds: summarise(microseconds), bytes: bytesOf(directory, order, claimsOf) }
}

/** How much the heap grows over many lookups, right after garbage was collected, when none is collected meanwhile. */
function bytesOf(directory: SidecarDirectory, order: readonly Principal[], claimsOf: ClaimsOf): number {
  const some = order.slice(0, allocationLookups)
  const grown = (run: (principal: Principal) => unknown) =>
    median(
      Array.from({ length: allocationRounds }, () => {
        const asked = some.map(claimsOf)
        collectGarbage()
        const before = process.memoryUsage().heapUsed
        for (let index = 0; index < asked.length; index += 1) sink.last = run(asked[index]!)
        return process.memoryUsage().heapUsed - before
      }),
    )
  const measuring = grown(principal => principal)
  return Math.max(0, grown(principal => lookUp(directory, principal)) - measuring) / some.length
}

/** Where results go, so that the engine cannot leave a lookup out. */
const sink: { last: unknown } = { last: null }

function lookUp(directory: SidecarDirectory, principal: Principal) {
  const found = directory.lookup(principal, principal.tenantId)
  if (found instanceof Promise) throw new Error('a warm lookup had to wait')
  return found
}
