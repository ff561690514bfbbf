import { METHODS } from 'node:http'
import { z } from 'zod'

/**
 * The vocabulary of the configuration: each value says in its own message what was expected. Messages begin with
 * "expected" and never quote what was found, which may be a secret in the wrong place.
 */

export function milliseconds(max: number) {
  return z.int().min(0).max(max)
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
const literal = /^(?!\.{1,2}$)[A-Za-z0-9\-._~!$&'()*+,;=:@]+$/
const parameter = /^\{([A-Za-z_][A-Za-z0-9_]{0,63})\}$/

function patternMistake(pattern: string): string | null {
  const space = pattern.indexOf(' ')
  if (space < 0) return 'expected a method, one space and a path, such as GET /notes/{note_id}'
  if (!methods.has(pattern.slice(0, space))) {
    return 'expected an upper-case method before the path: GET (which answers HEAD too), POST, PUT, PATCH, DELETE, …'
  }
  const template = pattern.slice(space + 1)
  if (template.length > 1024 || !template.startsWith('/')) return 'expected a path that starts with a slash'
  if (template === '/') return null
  const segments = template.slice(1).split('/')
  if (!segments.every(segment => literal.test(segment) || parameter.test(segment))) {
    return (
      'expected path segments that are plain text or one {parameter} each, none of them empty, encoded, "." or "..", ' +
      'without query'
    )
  }
  const names = parametersOf(template)
  return new Set(names).size === names.length ? null : 'expected each path parameter to be named once'
}

/** The names between braces, in order. */
export function parametersOf(template: string): string[] {
  return template.split('/').flatMap(segment => parameter.exec(segment)?.[1] ?? [])
}
