import type { Refused } from '../lib/refused.ts'
import { refused } from '../lib/refused.ts'

/** A request target that can be read in one way only. */
export type Target = {
  /** As it was received, without query: what is decided on and what is sent. */
  readonly path: string
  /** Percent-decoded once; `/a/` ends in an empty segment, `/` is one empty segment. */
  readonly segments: readonly string[]
  /** Without `?`; null when there is none. */
  readonly query: string | null
}

/**
 * Reads a request target in origin-form (RFC 9112 §3.2.1).
 *
 * Nothing is normalised: whatever a server behind us could normalise into another path is refused instead, so the path
 * that is decided on is the path that is sent, byte for byte. That is dot segments and empty segments in any spelling,
 * encoded slashes and backslashes, matrix parameters, control characters, invalid UTF-8, and what still holds an escape
 * after it was decoded once. A query may hold any printable ASCII but `#`; its escapes must be whole.
 *
 * @returns TARGET_MALFORMED for anything else, with the reason but never the target itself
 */
export function readTarget(target: string): Target | Refused<'TARGET_MALFORMED'> {
  if (target.charCodeAt(0) !== SLASH) return malformed('it does not begin with a slash')
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const query = question === -1 ? null : target.slice(question + 1)

  const pathFault = faultIn(path, pathCharacters)
  if (pathFault !== null) return malformed(`the path holds ${pathFault}`)
  const queryFault = query === null ? null : faultIn(query, queryCharacters)
  if (queryFault !== null) return malformed(`the query holds ${queryFault}`)

  const segments = path.slice(1).split('/')
  const last = segments.length - 1
  for (let index = 0; index <= last; index += 1) {
    const raw = segments[index]!
    if (raw === '') {
      if (index !== last) return malformed('the path holds an empty segment')
      continue
    }
    const segment = decodeSegment(raw)
    if (segment === null) return malformed('an escape of the path is not UTF-8')
    const fault = faultInSegment(segment)
    if (fault !== null) return malformed(`a segment of the path ${fault}`)
    segments[index] = segment
  }
  return { path, segments, query }
}

const SLASH = 0x2f
const PERCENT = 0x25

/** pchar of RFC 3986 §3.3 and the slash, without `;`: some servers cut a matrix parameter off, others do not. */
const pathCharacters = tableOf(
  "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@%",
)
const queryCharacters = tableOf(printable().replace('#', ''))

function faultIn(text: string, allowed: Uint8Array): string | null {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0x7f || allowed[code] === 0) return 'a character that must be escaped'
    if (code !== PERCENT) continue
    const value = hexValue(text.charCodeAt(index + 1)) * 16 + hexValue(text.charCodeAt(index + 2))
    if (!(value >= 0)) return 'a percent sign that begins no escape'
    if (value === 0) return 'an escaped NUL'
    index += 2
  }
  return null
}

function decodeSegment(raw: string): string | null {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return null
  }
}

function faultInSegment(segment: string): string | null {
  let onlyDots = true
  for (let index = 0; index < segment.length; index += 1) {
    const code = segment.charCodeAt(index)
    if (code === SLASH || code === 0x5c) return 'holds an escaped slash or backslash'
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 'holds an escaped control character'
    // A server that decodes twice would read another path than we did.
    if (
      code === PERCENT &&
      hexValue(segment.charCodeAt(index + 1)) + hexValue(segment.charCodeAt(index + 2)) >= 0
    )
      return 'is escaped twice'
    if (code === 0x3b && onlyDots) return 'is a dot segment with a parameter'
    // Trailing dots and spaces are cut off by some file systems.
    if (code !== 0x2e && code !== 0x20) onlyDots = false
  }
  return onlyDots ? 'is a dot segment' : null
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x41 && code <= 0x46) return code - 0x37
  if (code >= 0x61 && code <= 0x66) return code - 0x57
  return Number.NaN
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (let index = 0; index < characters.length; index += 1) table[characters.charCodeAt(index)] = 1
  return table
}

function printable(): string {
  return String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, index) => 0x21 + index))
}

function malformed(reason: string): Refused<'TARGET_MALFORMED'> {
  return refused('TARGET_MALFORMED', `The target cannot be taken: ${reason}.`)
}
