import { Fault } from '../lib/fault.ts'

const misuse = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])
const slow = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** The ways in which a service closes a connection, as seen from the other end of it. */
const closed = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * Says what went wrong between us and the service. The error itself is left behind: a parser error quotes the bytes it
 * stumbled over, and they may be anybody's data.
 *
 * @param written whether the request had been given to a connection; before that, nothing could reach the service
 */
export function upstreamFault(error: unknown, written: boolean): Fault {
  if (error instanceof Fault) return error
  const reason = errorCode(error)
  if (misuse.has(reason)) return new Fault('INTERNAL', 'write a request for the service', { reason })
  if (!written) return new Fault('UPSTREAM_UNREACHABLE', 'connect to the service', { reason })
  if (slow.has(reason)) return new Fault('UPSTREAM_SLOW', 'wait for the service', { reason })
  return new Fault('UPSTREAM_BROKEN', 'talk with the service', { reason })
}

/** Whether undici found the request itself unfit to be written. */
export function isMisuse(error: unknown): boolean {
  return misuse.has(errorCode(error))
}

/** Whether the service closed the connection, rather than sent something wrong on it. */
export function isClosed(error: unknown): boolean {
  return closed.has(errorCode(error))
}

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
