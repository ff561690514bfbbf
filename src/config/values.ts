import { METHODS } from 'node:http'
import { z } from 'zod'
import { readTemplate } from '../route/template.ts'

/**
 * The vocabulary of the configuration: each value says in its own message what was expected. Messages begin with
 * "expected" and never quote what was found, which may be a secret in the wrong place.
 */

export function milliseconds(max: number, min = 0) {
  return z.int().min(min).max(max)
}

export function count(max: number) {
  return z.int().min(1).max(max)
}

export function bytes(max: number) {
  return z.int().min(1).max(max)
}

export const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'expected a name: a lower-case letter, then letters, digits and hyphens, at most 63',
  )

export const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected a tenant slug: lower-case letters, digits and hyphens, at most 63',
  )

export const text = z.string().min(1).max(1024)

/** A claim, a permission, a policy: visible ASCII without quotes. */
export const word = z
  .string()
  .regex(
    /^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]{1,256}$/,
    'expected one word of visible ASCII characters without quotes',
  )

export const permission = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*:[a-z][a-z0-9_-]*$/, 'expected a permission such as notes:read')

export const headerName = z
  .string()
  .regex(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/,
    'expected an HTTP header name (RFC 9110 §5.1), at most 64 characters',
  )

export const file = z.string().min(1).max(4096)

const messages = {
  http: 'expected an http or https URL without user, password or fragment',
  redis: 'expected a redis or rediss URL',
  postgres: 'expected a postgres or postgresql URL',
}

export const httpUrl = z.string().refine(isHttpUrl, messages.http)
export const redisUrl = z.string().refine(hasScheme('redis:', 'rediss:'), messages.redis)
export const postgresUrl = z.string().refine(hasScheme('postgres:', 'postgresql:'), messages.postgres)

export function listen(host: string, port: number) {
  return z
    .strictObject({
      host: z
        .string()
        .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'expected an address or a host name')
        .default(host)
        .describe('Address to bind.'),
      port: z.int().min(0).max(65535).default(port).describe('Port to bind; 0 takes any free one.'),
    })
    .prefault({})
}

/** `GET /tenants/{tenant_id}/notes`: what a request must match, exactly. */
export const routePattern = z.string().superRefine((pattern, context) => {
  const expected = patternMistake(pattern)
  if (expected !== null) context.addIssue({ code: 'custom', message: expected, input: pattern })
})

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  const plain = url.username === '' && url.password === '' && url.hash === ''
  return plain && (url.protocol === 'https:' || url.protocol === 'http:')
}

function hasScheme(...schemes: string[]): (value: string) => boolean {
  return value => URL.canParse(value) && schemes.includes(new URL(value).protocol)
}

/** HEAD is answered by the rule for GET; CONNECT and TRACE are not proxied at all. */
const methods = new Set(METHODS.filter(method => !['HEAD', 'CONNECT', 'TRACE'].includes(method)))

function patternMistake(pattern: string): string | null {
  const space = pattern.indexOf(' ')
  if (space < 0) return 'expected a method, one space and a path, such as GET /notes/{note_id}'
  if (!methods.has(pattern.slice(0, space))) {
    return 'expected an upper-case method before the path: GET (which answers HEAD too), POST, PUT, PATCH, DELETE, …'
  }
  const template = readTemplate(pattern.slice(space + 1))
  if (pattern.length <= 1024 && 'segments' in template) return null
  // The reader's own words quote the template; ours quote nothing.
  return (
    'expected a path of plain segments and whole {parameter} segments, a {tail...} at the end at most, each name once, ' +
    'none empty, encoded, "." or "..", without query'
  )
}

/** The names between braces, in order; a tail's is not among them. */
export function parametersOf(pattern: string): string[] {
  return segmentsOf(pattern).flatMap(({ kind, text }) => (kind === 'parameter' ? [text] : []))
}

/** The name of the tail, or null. */
export function tailOf(pattern: string): string | null {
  const last = segmentsOf(pattern).at(-1)
  return last?.kind === 'tail' ? last.text : null
}

/**
 * Whether some path that `pattern` matches lies below where the tail of `owner` begins, for the same method: a server that
 * normalises finds it for a path that we took for the owner's.
 */
export function liesInTail(pattern: string, owner: string): boolean {
  if (methodOf(pattern) !== methodOf(owner)) return false
  const [segments, prefix] = [segmentsOf(pattern), segmentsOf(owner).slice(0, -1)]
  const tailAt = tailOf(pattern) === null ? Number.POSITIVE_INFINITY : segments.length - 1
  if (segments.length <= prefix.length && tailAt >= prefix.length) return false
  const shared = prefix.slice(0, tailAt)
  const meet = shared.every((own, index) => {
    const other = segments[index]!
    return own.kind !== 'literal' || other.kind !== 'literal' || own.text === other.text
  })
  // A tail that begins earlier loses to the owner, unless a literal leads to it where the owner has a parameter.
  const comesFirst = shared.some(
    (own, index) => own.kind === 'parameter' && segments[index]!.kind === 'literal',
  )
  return meet && (tailAt >= prefix.length || comesFirst)
}

function methodOf(pattern: string): string {
  return pattern.slice(0, pattern.indexOf(' '))
}

function segmentsOf(pattern: string) {
  const template = readTemplate(pattern.slice(pattern.indexOf(' ') + 1))
  return 'mistake' in template ? [] : template.segments
}
