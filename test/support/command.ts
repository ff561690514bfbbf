import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../src/cli/command-line.ts'

export type Finished = { readonly code: number | null; readonly out: string; readonly err: string }

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export type CommandOptions = {
  readonly directory?: string
  readonly env?: Readonly<Record<string, string>>
  /** Told of the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void
}

/** Types a command as an operator would, with this test's own Node and nothing of its environment but the PATH. */
export function postern(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.directory ?? process.cwd(),
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  options.onStart?.(child)
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      out += chunk
    })
    child.stderr.setEncoding('utf8').on('data', chunk => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, out, err }))
  })
}

/** The same in this process, for a test that types many: a process for each takes longer than what most of them do. */
export async function posternHere(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine(args, {
    out: line => void out.push(`${line}\n`),
    err: line => void err.push(`${line}\n`),
    env,
    directory: process.cwd(),
    interactive: false,
  })
  return { code, out: out.join(''), err: err.join('') }
}
