import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Variables } from '../load/back.ts'
import { startChild } from '../load/child.ts'
import type { Usage } from '../load/sidecar.ts'

export type ControlProcess = {
  readonly url: string
  /** What the process has used so far. */
  readonly usage: () => Promise<Usage>
  /** Access questions that it has answered so far. */
  readonly questions: () => Promise<number>
  readonly close: () => Promise<void>
}

const configFile = fileURLToPath(new URL('../../config/demo-control.yaml', import.meta.url))
const listensMs = 20_000
const withinMs = 5000

/** Starts `postern control` with the demo's configuration, in a process of its own. */
export async function startControlProcess(variables: Variables): Promise<ControlProcess> {
  const { child } = await startChild({
    file: 'sidecar-process.ts',
    args: ['control', '--config', configFile],
    env: variables,
    cores: null,
  })
  try {
    const url = await listens(child.process.stdout!)
    return {
      url,
      usage: async () => (await child.ask('usage', withinMs)) as Usage,
      questions: () => questionsAnswered(url),
      close: child.close,
    }
  } catch (error) {
    await child.close()
    throw error
  }
}

/** Reads its log to the end, as somebody must, and answers with the address that it tells. */
function listens(log: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('the control plane did not say where it listens')),
      listensMs,
    )
    createInterface({ input: log }).on('line', text => {
      const line = JSON.parse(text) as { readonly url?: string }
      if (line.url === undefined) return
      clearTimeout(timer)
      resolve(line.url)
    })
  })
}

async function questionsAnswered(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(withinMs) })
  const counted = (await response.text()).matchAll(/^postern_control_questions_total\{.*\} (\d+)$/gm)
  return [...counted].reduce((sum, [, count]) => sum + Number(count), 0)
}
