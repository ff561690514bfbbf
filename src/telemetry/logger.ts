import pino from 'pino'
import type { Clock } from '../lib/clock.ts'
import type { Log } from './log.ts'
import { safeLine } from './log-line.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type LogOptions = {
  readonly level: LogLevel
  /** What waits for a slow reader at most; a line beyond it is dropped and counted, never waited for. */
  readonly bufferBytes: number
  /**
   * Standard output, the path of a file that lines are added to, or something to write lines to. No other descriptor: who
   * opened it may close it, and then the number comes to mean something else.
   */
  readonly destination: typeof standardOutput | string | { readonly write: (line: string) => void }
  readonly onDrop: () => void
  readonly clock: Pick<Clock, 'after'>
}

export const standardOutput = 1

/** The log of a process, and how to end it. */
export type ProcessLog = Log & {
  /** Writes what waits, for a second at most, whatever its reader does; lines that come later go nowhere. */
  readonly close: () => Promise<void>
}

const closeMs = 1000

/**
 * One JSON object a line: time, level, msg and the fields, in printable ASCII and of bounded length (log-line.ts).
 * Writing is asynchronous and bounded, so that a full disk or a blocked pipe costs lines, never requests.
 */
export function createLog(options: LogOptions): ProcessLog {
  const { level, destination, bufferBytes, onDrop } = options
  const settings: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
    hooks: { streamWrite: safeLine },
  }
  if (typeof destination === 'object') {
    return processLog(pino(settings, destination as pino.DestinationStream), async () => {})
  }
  const stream = pino.destination({ dest: destination, sync: false, maxLength: bufferBytes, mode: 0o600 })
  stream.on('drop', onDrop)
  stream.on('error', onDrop)
  return processLog(pino(settings, stream), () => end(stream, options.clock))
}

type Stream = ReturnType<typeof pino.destination>

/** Not by its own flushSync, which tries again without end where nothing can be written any more. */
function end(stream: Stream, clock: Pick<Clock, 'after'>): Promise<void> {
  // It has broken already: there is nobody left to tell.
  if ('destroyed' in stream && stream.destroyed === true) return Promise.resolve()
  // Pino would call it once more when the process exits.
  stream.flushSync = () => {}
  return new Promise(resolve => {
    const cancel = clock.after(closeMs, () => {
      stream.destroy()
      resolve()
    })
    stream.once('close', () => {
      cancel()
      resolve()
    })
    stream.end()
  })
}

function processLog(logger: pino.Logger, endStream: () => Promise<void>): ProcessLog {
  let closing: Promise<void> | null = null
  const write =
    (level: LogLevel): Log[LogLevel] =>
    (fields, message) => {
      if (closing === null) logger[level](fields, message)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => {
      closing ??= endStream()
      return closing
    },
  }
}
