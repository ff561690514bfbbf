import { fileURLToPath } from 'node:url'
import type { AccessLines } from './access-lines.ts'
import { readAccessLines } from './access-lines.ts'
import type { Ports } from './check.ts'
import { startChild } from './child.ts'

/** What the sidecar's process has used so far. */
export type Usage = {
  readonly cpuMicroseconds: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** The longest that garbage collection stopped it since this was last asked. */
  readonly longestPauseMs: number
}

export type Sidecar = {
  readonly ports: Ports
  readonly lines: AccessLines
  readonly usage: () => Promise<Usage>
  readonly close: () => Promise<void>
}

const configFile = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url))
const listensMs = 20_000
const usageMs = 5000

/** Starts `postern proxy` with the demo's configuration, as it would be started in front of a service. */
export async function startSidecar(
  variables: Readonly<Record<string, string>>,
  cores: string | null,
): Promise<Sidecar> {
  const { child } = await startChild({
    file: 'sidecar-process.ts',
    args: ['proxy', '--config', configFile],
    env: {
      ...variables,
      POSTERN_DEMO_TRAFFIC_PORT: '0',
      POSTERN_DEMO_METRICS_PORT: '0',
      POSTERN_DEMO_ADMIN_PORT: '0',
    },
    cores,
  })
  try {
    const lines = readAccessLines(child.process.stdout!)
    const ports = await lines.listens(listensMs)
    return {
      ports,
      lines,
      usage: async () => (await child.ask('usage', usageMs)) as Usage,
      close: child.close,
    }
  } catch (error) {
    await child.close()
    throw error
  }
}
