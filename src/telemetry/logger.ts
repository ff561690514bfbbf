import pino from 'pino'
import type { Log } from './log.ts'
import { safeLine } from './log-line.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type LogOptions = {
  readonly level: LogLevel
  /** What waits for a slow reader at most; a line beyond it is dropped and counted, never waited for. */
  readonly bufferBytes: number
  /** A file descriptor, or something to write lines to. */
  readonly destination: number | { readonly write: (line: string) => void }
  readonly onDrop: () => void
}

/** The log of a process, and how to empty it at the end. */
export type ProcessLog = Log & { readonly flush: () => void }

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
  if (typeof destination !== 'number') {
    return withFlush(pino(settings, destination as pino.DestinationStream), () => {})
  }
  const stream = pino.destination({ dest: destination, sync: false, maxLength: bufferBytes })
  stream.on('drop', onDrop)
  stream.on('error', onDrop)
  return withFlush(pino(settings, stream), () => {
    try {
      stream.flushSync()
    } catch {
      // Not open yet, or the reader has gone: there is nobody left to tell.
    }
  })
}

function withFlush(logger: pino.Logger, flush: () => void): ProcessLog {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    flush,
  }
}
