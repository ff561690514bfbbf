import type { HeaderList } from '../lib/header-list.ts'

/**
 * What may go out in a head: not the fields that frame this connection, which the transport writes itself. 426 keeps
 * its Upgrade (RFC 9110 §15.5.22); 204 and 1xx have no length (§8.6).
 *
 * @returns the same list when nothing had to go
 */
export function answerFields(headers: HeaderList, status: number): HeaderList {
  for (let index = 0; index < headers.length; index += 2) {
    if (isOurs(headers[index]!, status)) return withoutOurs(headers, status)
  }
  return headers
}

function withoutOurs(headers: HeaderList, status: number): HeaderList {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    if (!isOurs(headers[index]!, status)) kept.push(headers[index]!, headers[index + 1]!)
  }
  return kept
}

/** By length first: most names are none of them. */
function isOurs(name: string, status: number): boolean {
  switch (name.length) {
    case 2:
      return name.toLowerCase() === 'te'
    case 7:
      return name.toLowerCase() === 'trailer' || (status !== 426 && name.toLowerCase() === 'upgrade')
    case 10:
      return name.toLowerCase() === 'connection' || name.toLowerCase() === 'keep-alive'
    case 14:
      return (status === 204 || status < 200) && name.toLowerCase() === 'content-length'
    case 16:
      return name.toLowerCase() === 'proxy-connection'
    case 17:
      return name.toLowerCase() === 'transfer-encoding'
    default:
      return false
  }
}

/**
 * Trailers as node:http takes them, without those that a recipient might merge into the head and act on: what frames,
 * routes, authenticates, says how an answer is kept, or what else a page may do (RFC 9110 §6.5.1).
 */
export function trailerFields(trailers: HeaderList): [string, string][] {
  const fields: [string, string][] = []
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index]!
    if (!neverTrailers.has(name.toLowerCase())) fields.push([name, trailers[index + 1]!])
  }
  return fields
}

const neverTrailers: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'trailer',
  'te',
  'upgrade',
  'host',
  'authorization',
  'www-authenticate',
  'set-cookie',
  'cache-control',
  'age',
  'date',
  'expires',
  'pragma',
  'vary',
  'warning',
  'location',
  'refresh',
  'retry-after',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'clear-site-data',
  'content-disposition',
  'content-security-policy',
  'strict-transport-security',
])
