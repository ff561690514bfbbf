import { setTimeout as sleep } from 'node:timers/promises'
import { startSidecar } from '../../test/support/sidecar.ts'
import { encodePart, keySetOf } from '../../test/support/tokens.ts'
import { answerOrders } from '../load/answer-orders.ts'
import { bombs } from './bombs.ts'
import type { Usage } from './usage.ts'
import { UsageWatch } from './usage.ts'

/** What the sidecar tells when it is there. */
export type SidecarHello = {
  readonly port: number
  readonly headTimeoutMs: number
  readonly tokens: Readonly<Record<'good' | 'badSignature' | 'unknownKey', string>>
}

/** What it does; it answers each with Usage. */
export type SidecarOrder =
  /** Begins to measure anew. */
  | { readonly do: 'usage' }
  /** From now on the provider answers with this one of `bombs`; null answers with the keys. */
  | { readonly do: 'arm'; readonly bomb: string | null }

/**
 * A whole sidecar, with the bounds of a configuration that says nothing of them, in a process of its own; beside it only
 * the control plane and the key server of the tests. Unknown keys are looked for after 200 ms, else a run would be long.
 */
const settleMs = 300
const unlimited = { unprovenPerAddressPerSecond: 0 }
const closers: (() => unknown)[] = []
const sidecar = await startSidecar(
  { teardown: task => closers.push(task) },
  {
    origin: process.argv[2]!,
    sections: { log: 'log: { level: info }' },
    configure: config => ({
      ...config,
      bounds: { ...config.bounds, ...(process.argv[3] === 'unlimited' ? unlimited : {}) },
      keys: { ...config.keys, cooldownMs: 200 },
    }),
  },
)
const keys = keySetOf(sidecar.key)
const watch = new UsageWatch()
const good = sidecar.token('acme', 'member')
const [head, payload] = good.split('.') as [string, string]
const signature = Buffer.alloc(64, 7).toString('base64url')
const unknown = encodePart({ alg: 'ES256', typ: 'JWT', kid: 'nobody' })
const hello: SidecarHello = {
  port: sidecar.port,
  headTimeoutMs: sidecar.config.bounds.headTimeoutMs,
  tokens: {
    good,
    badSignature: `${head}.${payload}.${signature}`,
    unknownKey: `${unknown}.${payload}.${signature}`,
  },
}

answerOrders(async (order: SidecarOrder): Promise<Usage> => {
  if (order.do === 'arm') arm(order.bomb)
  const during = watch.read()
  // What a flood has left behind is let go first.
  await sleep(settleMs)
  const { heapBytes, rssBytes, cpuMicroseconds } = watch.read()
  watch.forget()
  return { ...during, heapBytes, rssBytes, cpuMicroseconds }
}, hello)

function arm(name: string | null): void {
  const bomb = bombs.find(each => each.name === name)
  sidecar.keyServer.respond(bomb === undefined ? keys : (_, response) => bomb.explode(response))
}
