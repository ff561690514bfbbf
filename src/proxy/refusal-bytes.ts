import { STATUS_CODES } from 'node:http'
import type { HttpRefusalCode, HttpRule } from '../http1/rules.ts'
import { refusedBy } from '../http1/rules.ts'
import type { Refused } from '../lib/refused.ts'
import { problemBody, problemType } from './problem.ts'
import type { RefusalCode } from './refusal.ts'
import { refusalOf } from './refusal.ts'

/**
 * A whole answer for a head that never became a request, in the form of every other refusal. The connection closes
 * after it.
 */
export function refusalBytes(code: RefusalCode, requestId: string): string {
  const refusal = refusalOf(code)
  const body = problemBody(refusal, requestId)
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `X-Request-ID: ${requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

export type ParserError = NodeJS.ErrnoException & {
  readonly reason?: string
  /** What was being parsed, and how far. */
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

/** Which refusal an error of node's parser is; null when the connection itself broke. */
export function refusalOfParserError(error: ParserError): Refused<HttpRefusalCode> | null {
  const { code } = error
  if (code === undefined) return null
  const known = ruleOf.get(code)
  if (known !== undefined) return refusedBy(known)
  // The same code stands for a version that is none and for a line that does not end after it.
  if (code === 'HPE_INVALID_VERSION' && error.reason === 'Invalid HTTP version')
    return refusedBy('http-version')
  return code.startsWith('HPE_') ? refusedBy('http-parser', byteOf(error)) : null
}

/** The one byte that the parser stopped at: what stands around it may be a secret. */
function byteOf({ rawPacket, bytesParsed = 0 }: ParserError): string | null {
  return rawPacket?.toString('latin1', bytesParsed, bytesParsed + 1) ?? null
}

const ruleOf: ReadonlyMap<string, HttpRule> = new Map<string, HttpRule>([
  ['HPE_HEADER_OVERFLOW', 'headers-size'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'http-extensions-size'],
  ['HPE_PAUSED_H2_UPGRADE', 'http-version'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'http-head-time'],
])
