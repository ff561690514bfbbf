import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type ChildOptions = {
  /** Beside this file. */
  readonly file: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Cores it may run on, as taskset names them; null leaves that to the system. */
  readonly cores: string | null
}

export type Child = {
  readonly process: ChildProcess
  /** Sends an order and waits for its answer; one order at a time. */
  readonly ask: (order: unknown, withinMs: number) => Promise<unknown>
  readonly close: () => Promise<void>
}

const startMs = 30_000
const stopMs = 10_000

/** Starts one of our processes and waits for its first message. It ends when we do, however we end. */
export async function startChild(options: ChildOptions): Promise<{ child: Child; hello: unknown }> {
  const { cores } = options
  const command = cores === null ? {} : { execPath: 'taskset', execArgv: ['-c', cores, process.execPath] }
  const child = fork(fileURLToPath(new URL(options.file, import.meta.url)), options.args ?? [], {
    ...command,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const next = (withinMs: number) => nextMessage(child, options.file, withinMs)
  const close = () => stop(child)
  try {
    const hello = await next(startMs)
    const ask = (order: unknown, withinMs: number) => {
      const answer = next(withinMs)
      child.send(order as object)
      return answer
    }
    return { child: { process: child, ask, close }, hello }
  } catch (error) {
    await close()
    throw error
  }
}

function nextMessage(child: ChildProcess, name: string, withinMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit).off('error', onExit)
      act()
    }
    const onMessage = (message: unknown) => settle(() => resolve(message))
    const onExit = () => settle(() => reject(new Error(`${name} ended before it answered`)))
    const onTime = () => settle(() => reject(new Error(`${name} did not answer within ${withinMs} ms`)))
    const timer = setTimeout(onTime, withinMs)
    child.on('message', onMessage).on('exit', onExit).on('error', onExit)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const force = setTimeout(() => child.kill('SIGKILL'), stopMs)
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
  await exited
  clearTimeout(force)
}
