import { readFileSync } from 'node:fs'
import { Fault } from '../../lib/fault.ts'
import { windowPieces } from '../../lib/sliding-window.ts'
import type { Charge, Exceeded, Granted, SharedLimiter, WindowState } from '../../limit/limiter.ts'
import type { RedisClient } from './client.ts'

const takeScript = readFileSync(new URL('./scripts/take.lua', import.meta.url), 'utf8')

/** Numbers per window in the script's answer: spent, reset, wait. */
const answerWidth = 3

/** The limiter that every sidecar of a tenant shares: one atomic script on Redis's clock (scripts/take.lua). */
export function createRedisLimiter(client: RedisClient): SharedLimiter {
  const runTake = client.defineScript('posternTake', takeScript)
  return {
    usable: client.usable,
    async take(tenantId, charges) {
      const keys = charges.map(charge => limitKey(tenantId, charge))
      const values: number[] = [windowPieces]
      for (const charge of charges) values.push(charge.windowMs, charge.max, charge.amount)
      return readAnswer(await runTake(keys, values), charges)
    },
  }
}

/** The tenant's tag keeps all its windows in one slot of a Redis Cluster. */
function limitKey(tenantId: string, charge: Charge): string {
  return `postern:limit:{${tenantId}}:${charge.windowMs}:${charge.name}`
}

function readAnswer(answer: unknown, charges: readonly Charge[]): Granted | Exceeded {
  if (!isAnswer(answer, charges.length))
    throw new Fault('STORE_UNAVAILABLE', 'read what the limit script answered')
  const windows: WindowState[] = []
  let longest = -1
  let retryAfterMs = 0
  for (let index = 0; index < charges.length; index += 1) {
    const { name, windowMs, max } = charges[index]!
    const at = index * answerWidth
    const waitMs = answer[at + 2]!
    windows.push({ name, windowMs, max, remaining: Math.max(0, max - answer[at]!), resetMs: answer[at + 1]! })
    if (waitMs > retryAfterMs) {
      longest = index
      retryAfterMs = waitMs
    }
  }
  if (longest === -1) return { granted: true, windows, degraded: false }
  return { granted: false, name: charges[longest]!.name, retryAfterMs, windows, degraded: false }
}

function isAnswer(answer: unknown, windows: number): answer is number[] {
  return (
    Array.isArray(answer) && answer.length === windows * answerWidth && answer.every(Number.isSafeInteger)
  )
}
