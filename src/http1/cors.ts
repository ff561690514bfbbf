import type { HeaderList } from '../lib/header-list.ts'
import { headerValue } from '../lib/header-list.ts'

/** Which pages of other origins may use the service from a browser. */
export type CorsPolicy = {
  /** As browsers write them, byte for byte: `https://app.example`. */
  readonly origins: readonly string[]
  readonly requestFields: readonly string[]
  readonly responseFields: readonly string[]
  readonly credentials: boolean
  readonly maxAgeSeconds: number
}

/** Answers in the names of the policy; all lists are prepared once. */
export type Cors = {
  /** Whether any origin is configured: then every answer depends on Origin, and says so in Vary. */
  readonly varies: boolean
  /** What lets a page of this origin read an answer; nothing for any other, or none. */
  readonly answerFields: (origin: string | null) => HeaderList
  /** What lets such a page send the request that it asks about; null for any other origin, or none. */
  readonly preflightFields: (origin: string, method: string) => HeaderList | null
}

/**
 * Prepares the answers to browsers (Fetch standard, "HTTP CORS protocol"). An origin is compared byte for byte, so
 * `null`, a wrong case, a default port or a trailing dot are other origins. No wildcard is ever sent, and nothing that a
 * client sent is sent back but a configured origin and a method that a route has. Requests for access to private
 * networks are left without an answer, which refuses them.
 *
 * A request from an origin that is not configured is let through as any other: its page cannot read the answer, and it
 * had to bring a bearer token, which no browser adds by itself. Cookies are no credentials here, so `credentials`
 * gives a page nothing but cookies for the service to see.
 */
export function createCors(policy: CorsPolicy): Cors {
  const byOrigin = new Map(policy.origins.map(origin => [origin, preparedFor(origin, policy)]))
  return {
    varies: byOrigin.size > 0,
    answerFields: origin => (origin === null ? none : (byOrigin.get(origin)?.answer ?? none)),
    preflightFields: (origin, method) => {
      const prepared = byOrigin.get(origin)
      return prepared === undefined ? null : [...prepared.preflight, 'Access-Control-Allow-Methods', method]
    },
  }
}

/**
 * The method that a browser asks about before it sends a request from a page of another origin; null where this is no
 * such question. That Origin and this field come once is for framing.ts to see to.
 */
export function preflightMethod(method: string, origin: string | null, headers: HeaderList): string | null {
  if (method !== 'OPTIONS' || origin === null) return null
  return headerValue(headers, 'access-control-request-method')
}

/** Whether a field, by its folded name, grants other origins something: no service does that, only the policy. */
export function grantsOrigins(folded: string): boolean {
  return folded.startsWith('access-control-') || folded === 'timing-allow-origin'
}

/** Adds Origin to the Vary of an answer, in place: a cache must not give one origin what was meant for another. */
export function varyByOrigin(headers: string[]): void {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.length !== 4 || headers[index]!.toLowerCase() !== 'vary') continue
    const value = headers[index + 1]!
    if (!namesOriginOrAll.test(value)) headers[index + 1] = value === '' ? 'Origin' : `${value}, Origin`
    return
  }
  headers.push('Vary', 'Origin')
}

const namesOriginOrAll = /(^|,)[ \t]*(origin|\*)[ \t]*(,|$)/i

const none: HeaderList = Object.freeze([])

function preparedFor(origin: string, policy: CorsPolicy) {
  const allows = ['Access-Control-Allow-Origin', origin]
  if (policy.credentials) allows.push('Access-Control-Allow-Credentials', 'true')
  const answer = [...allows]
  if (policy.responseFields.length > 0)
    answer.push('Access-Control-Expose-Headers', policy.responseFields.join(', '))
  const preflight = [...allows, 'Access-Control-Max-Age', String(policy.maxAgeSeconds)]
  if (policy.requestFields.length > 0)
    preflight.push('Access-Control-Allow-Headers', policy.requestFields.join(', '))
  return { answer: Object.freeze(answer), preflight: Object.freeze(preflight) }
}
