import type { Terminal } from './command.ts'
import type { ExitCode } from './exit.ts'
import { exitCodes } from './exit.ts'

/** Something that serves until it is told to stop. */
export type Running = {
  /** Takes nothing new and waits for what is open, within its own deadline. */
  readonly drain: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once, with code 1. The code is 0
 * after a clean drain.
 */
export function serveUntilSignal(running: Running, terminal: Terminal): Promise<ExitCode> {
  const keepsAlive = setInterval(() => {}, 2 ** 30)
  return new Promise(resolve => {
    let stopping = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(exitCodes.failed)
      stopping = true
      terminal.err(`postern: ${signal}, draining; send it again to stop at once`)
      void stop(running, terminal).then(code => {
        clearInterval(keepsAlive)
        process.off('SIGTERM', onSignal)
        process.off('SIGINT', onSignal)
        resolve(code)
      })
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

async function stop(running: Running, terminal: Terminal): Promise<ExitCode> {
  try {
    await running.drain()
    await running.close()
    return exitCodes.ok
  } catch (error) {
    terminal.err(`postern: it did not stop cleanly (${error instanceof Error ? error.name : 'unknown'})`)
    return exitCodes.failed
  }
}

/** Why a server could not start, in words that say what to do. */
export function startFailure(error: unknown): string {
  const { code, port, address } = error as { code?: string; port?: number; address?: string }
  if (code === 'EADDRINUSE') return `port ${port} of ${address} is taken by another process; change listen`
  if (code === 'EACCES') return `port ${port} of ${address} may not be bound by this user; change listen`
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine; change listen`
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}
