import type { PreparedAccess } from '../access/prepared-access.ts'
import type { Cors } from '../http1/cors.ts'
import { grantsOrigins, varyByOrigin } from '../http1/cors.ts'
import { bareName, foldName } from '../http1/field-name.ts'
import { hopByHopNames } from '../http1/hop-by-hop.ts'
import type { Clock } from '../lib/clock.ts'
import type { HeaderList } from '../lib/header-list.ts'
import type { Exchange } from './exchange.ts'
import { rateLimitFields } from './rate-limit-fields.ts'

export type ServiceFields = {
  /** The head of an answer: what is left of the service's fields, and ours. */
  readonly head: (exchange: Exchange, status: number, headers: HeaderList) => HeaderList
  /** A 1xx head, or trailers: what is left, nothing of ours. */
  readonly rest: (headers: HeaderList) => HeaderList
}

export type ServiceFieldsOptions = {
  /** `X-QLP-`: nothing under it leaves a service. */
  readonly reservedPrefix: string
  /** Tells how many seconds ago the control plane said what the request was judged by; null tells nobody. */
  readonly ageHeader: string | null
  readonly cors: Pick<Cors, 'varies' | 'answerFields'>
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Prepares what the client is shown of the service's fields: not those that end at this hop, by rule or because
 * Connection names them, nothing in the reserved prefix in any spelling (threat 42), nothing that grants other origins
 * anything, which is ours to say (http1/cors.ts), and nothing that we say ourselves, which is X-Request-ID, the RateLimit
 * fields of a request that was counted, and the age of what it was judged by. Nor Alt-Svc (RFC 7838): it would lead
 * clients to another port of the service, past this sidecar.
 */
export function createServiceFields(options: ServiceFieldsOptions): ServiceFields {
  const { ageHeader, cors, clock } = options
  const prefix = foldName(options.reservedPrefix)
  const hidden = new Set([...hopByHopNames, 'x-request-id', 'alt-svc'])
  if (ageHeader !== null) hidden.add(foldName(ageHeader))
  return {
    head: (exchange, status, headers) => {
      const limits = rateLimitFields(exchange.grant)
      const kept = keep(headers, status, limits.length > 0)
      kept.push('X-Request-ID', exchange.request!.id, ...limits)
      if (ageHeader !== null && exchange.access !== null) kept.push(ageHeader, ageSeconds(exchange.access))
      if (cors.varies) {
        kept.push(...cors.answerFields(exchange.request!.origin))
        varyByOrigin(kept)
      }
      return kept
    },
    rest: headers => (headers.length === 0 ? headers : keep(headers, 0, false)),
  }

  function ageSeconds({ document }: PreparedAccess): string {
    return String(Math.max(0, Math.floor((clock.nowMs() - document.issuedAtMs) / 1000)))
  }

  function keep(headers: HeaderList, status: number, counted: boolean): string[] {
    const kept: string[] = []
    let listed: string[] | null = null
    for (let index = 0; index < headers.length; index += 2) {
      const name = foldName(headers[index]!)
      if (name === 'connection') listed = addListed(listed, headers[index + 1]!)
      if (hidden.has(name) && !(name === 'upgrade' && status === 426)) continue
      if (name.startsWith(prefix) || bareName(name).startsWith(prefix) || grantsOrigins(name)) continue
      if (counted && (name === 'ratelimit' || name === 'ratelimit-policy')) continue
      kept.push(headers[index]!, headers[index + 1]!)
    }
    return listed === null ? kept : without(kept, listed)
  }
}

/** The names that a Connection field lists, beside those that say nothing about fields. */
function addListed(listed: string[] | null, value: string): string[] | null {
  let names = listed
  for (const item of value.split(',')) {
    const name = foldName(item.trim())
    if (name === '' || name === 'close' || name === 'keep-alive' || name === 'upgrade') continue
    if (names === null) names = [name]
    else names.push(name)
  }
  return names
}

function without(headers: string[], listed: readonly string[]): string[] {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    if (!listed.includes(foldName(headers[index]!))) kept.push(headers[index]!, headers[index + 1]!)
  }
  return kept
}
