import { STATUS_CODES } from 'node:http'
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

/** Which refusal an error of node's parser is; null when the connection itself broke. */
export function refusalOfParserError(
  error: NodeJS.ErrnoException & { readonly reason?: string },
): RefusalCode | null {
  const { code } = error
  if (code === undefined) return null
  const known = byParserCode.get(code)
  if (known !== undefined) return known
  // The same code stands for a version that is none and for a line that does not end after it.
  if (code === 'HPE_INVALID_VERSION' && error.reason === 'Invalid HTTP version') return 'HTTP_VERSION_REFUSED'
  return code.startsWith('HPE_') ? 'REQUEST_MALFORMED' : null
}

const byParserCode: ReadonlyMap<string, RefusalCode> = new Map<string, RefusalCode>([
  ['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
  ['HPE_PAUSED_H2_UPGRADE', 'HTTP_VERSION_REFUSED'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'],
])
