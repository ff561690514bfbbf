import { answerOrders } from '../load/answer-orders.ts'
import type { Attacked, AttackOrder } from './attacks.ts'
import { flood, hold, release, trickle } from './attacks.ts'
import { UsageWatch } from './usage.ts'

/** The client that means no good, in a process of its own. */
const watch = new UsageWatch()

answerOrders(async (order: AttackOrder): Promise<Attacked> => {
  const before = watch.read()
  const startMs = performance.now()
  const done = await carryOut(order)
  const ms = performance.now() - startMs
  const after = watch.read()
  const cpuMicroseconds = after.spentMicroseconds - before.cpuMicroseconds
  return { ...done, cpuMicroseconds, rssBytes: after.rssBytes - before.rssBytes, ms }
})

function carryOut(order: AttackOrder) {
  switch (order.do) {
    case 'flood':
      return flood(order)
    case 'hold':
      return hold(order)
    case 'release':
      return release()
    case 'trickle':
      return trickle(order)
  }
}
