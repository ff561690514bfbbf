import { setTimeout as sleep } from 'node:timers/promises'
import { demoConfig } from '../../src/demo/demo-config.ts'
import { answerOrders } from '../load/answer-orders.ts'
import { collectGarbage } from './garbage.ts'
import { ask, askTogether, fill } from './lookups.ts'
import type { Memory, Order } from './orders.ts'
import type { SidecarDirectory } from './sidecar-directory.ts'
import { openSidecarDirectory } from './sidecar-directory.ts'
import { timeWarm } from './warm.ts'

/** Directories of sidecars, in a process of their own. */
const memoryRounds = 5
const memoryPauseMs = 300
const config = demoConfig.proxy(process.env as Record<string, string>)
let directories: readonly SidecarDirectory[] = []

answerOrders(carryOut)

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      await Promise.all(directories.map(directory => directory.close()))
      directories = await Promise.all(
        Array.from({ length: order.directories }, () => openSidecarDirectory(config)),
      )
      return null
    case 'fill':
      return await fill(first(), order.principals)
    case 'ask':
      return await ask(first(), order.principals, order.perSecond)
    case 'warm':
      return timeWarm(first(), order.principals, order.lookups)
    case 'memory':
      return await memory()
    case 'together':
      return await askTogether(directories, order.principals)
  }
}

function first(): SidecarDirectory {
  const [directory] = directories
  if (directory === undefined) throw new Error('no directory is open')
  return directory
}

/** Pages that hold nothing any more are given back a little later, in the background. */
async function memory(): Promise<Memory> {
  for (let round = 0; round < memoryRounds; round += 1) {
    collectGarbage()
    await sleep(memoryPauseMs)
  }
  const { rss, heapUsed } = process.memoryUsage()
  return { rssBytes: rss, heapBytes: heapUsed }
}
