import type { RouteMatch } from '../route/match.ts'
import type { Selector } from '../route/rule.ts'

/** One place names a tenant or workspace twice, or in a way that a service might read otherwise than we do. */
export const ambiguous: unique symbol = Symbol('ambiguous')

/** What one place of the request names: null when it names nothing. */
export type Selected = string | null | typeof ambiguous

/** @param query without `?`, as it was received; null when there is none */
export function selectedBy(selector: Selector, match: RouteMatch, query: string | null): Selected {
  if (selector.in === 'query') return readQueryParameter(query, selector.name)
  const index = match.parameterNames.indexOf(selector.name)
  return index === -1 ? null : match.parameters[index]!
}

/**
 * Reads one parameter of a query string (form encoding, WHATWG URL §5.1), so strictly that no parser behind us can find
 * another value for it: `;` may separate parameters for some, a name may count without regard to case, or with `[]`
 * after it, PHP reads `tenant.id` and `tenant[id` as `tenant_id`, and what is not UTF-8 is anyone's guess. All of that is ambiguous, but only where a route selects by query.
 */
export function readQueryParameter(query: string | null, name: string): Selected {
  if (query === null || query === '') return null
  if (query.includes(';')) return ambiguous
  let found: string | null = null
  for (let start = 0; start <= query.length; ) {
    const next = query.indexOf('&', start)
    const end = next === -1 ? query.length : next
    // Looked for in the parameter alone: else each parameter without one would have the whole query searched.
    const parameter = query.slice(start, end)
    const equals = parameter.indexOf('=')
    const nameEnd = equals === -1 ? parameter.length : equals
    const candidate = decode(parameter.slice(0, nameEnd))
    if (candidate === null) return ambiguous
    if (candidate === name) {
      const value = decode(parameter.slice(nameEnd + 1))
      if (found !== null || value === null) return ambiguous
      found = value
    } else if (couldMean(candidate, name)) return ambiguous
    start = end + 1
  }
  return found
}

function couldMean(candidate: string, name: string): boolean {
  if (candidate.length < name.length) return false
  const bracket = candidate.indexOf('[')
  const base = bracket === -1 ? candidate : candidate.slice(0, bracket)
  return isSpelling(base, name) || (bracket !== -1 && isSpelling(candidate, name))
}

function isSpelling(candidate: string, name: string): boolean {
  const bare = candidate.trim()
  return bare.length === name.length && plain(bare) === plain(name)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[ .[]/g, '_')
}

/** Null for what is not UTF-8. */
function decode(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
