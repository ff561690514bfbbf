import type { Refused } from '../lib/refused.ts'
import { isRefused } from '../lib/refused.ts'
import { refusedBy } from './rules.ts'

/** A request target that can be read in one way only. */
export type Target = {
  /** As it was received, without query: what is decided on and what is sent. */
  readonly path: string
  /** Percent-decoded once; `/a/` ends in an empty segment, `/` is one empty segment. */
  readonly segments: readonly string[]
  /** Without `?`; null when there is none. */
  readonly query: string | null
  /** Null unless readOddTarget read it. */
  readonly oddities: Oddities | null
}

/** What servers read in more than one way; a route's tail may take it, one by one. */
export type Oddity =
  | 'encoded-slash'
  | 'encoded-backslash'
  | 'encoded-delimiter'
  | 'escaped-twice'
  | 'empty-segment'
  | 'dot-segment'

export type Oddities = {
  /** Each one that the path holds, however often it is escaped. */
  readonly kinds: ReadonlySet<Oddity>
  /** The first segment with one. */
  readonly from: number
  /**
   * How far each segment leads down at least, over all readings: 1 for a name, 0 for what may be nothing, and less for
   * what climbs in any of them.
   */
  readonly steps: readonly number[]
  /** For where they are not taken. */
  readonly refusal: Refused<'TARGET_MALFORMED'>
}

/**
 * Reads a request target in origin-form (RFC 9112 §3.2.1).
 *
 * Nothing is normalised: whatever a server behind us could normalise into another path is refused instead, so the path
 * that is decided on is the path that is sent, byte for byte; some of it a route may take (odd-target.ts). That is dot
 * segments and empty segments in any spelling, encoded slashes, backslashes, question marks and hashes, semicolons,
 * control characters, invalid UTF-8, and what still holds an escape after it was decoded once. A query may hold any
 * printable ASCII but `#`; its escapes must be whole.
 *
 * @returns TARGET_MALFORMED for anything else, with the rule and the bytes that broke it, never the target itself
 */
export function readTarget(target: string): Target | Refused<'TARGET_MALFORMED'> {
  const split = splitTarget(target)
  if (isRefused(split)) return split
  const { path, query } = split
  const segments = path.slice(1).split('/')
  const last = segments.length - 1
  for (let index = 0; index <= last; index += 1) {
    const raw = segments[index]!
    if (raw === '') {
      if (index !== last) return refusedBy('target-empty-segment')
      continue
    }
    const segment = decodeSegment(raw)
    if (segment === null) return refusedBy('target-not-utf8')
    const wrong = faultInSegment(segment)
    if (wrong !== null) return wrong
    segments[index] = segment
  }
  return { path, segments, query, oddities: null }
}

/** Path and query of a target in origin-form, of which no byte stands where it must not; nothing is decoded yet. */
export function splitTarget(target: string): Pick<Target, 'path' | 'query'> | Refused<'TARGET_MALFORMED'> {
  if (target.charCodeAt(0) !== SLASH) return refusedBy('target-form')
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const query = question === -1 ? null : target.slice(question + 1)
  const fault = faultIn(path, pathCharacters) ?? (query === null ? null : faultIn(query, queryCharacters))
  return fault ?? { path, query }
}

const SLASH = 0x2f
const PERCENT = 0x25

/** pchar of RFC 3986 §3.3 and the slash, without `;`: some servers cut a matrix parameter off, others do not. */
const pathCharacters = tableOf(
  "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@%",
)
const queryCharacters = tableOf(printable().replace('#', ''))

type TargetFault = Refused<'TARGET_MALFORMED'> | null

function faultIn(text: string, allowed: Uint8Array): TargetFault {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0x7f || allowed[code] === 0) return refusedBy('target-character', text.charAt(index))
    if (code !== PERCENT) continue
    const value = hexValue(text.charCodeAt(index + 1)) * 16 + hexValue(text.charCodeAt(index + 2))
    if (!(value >= 0)) return refusedBy('target-escape', text.slice(index, index + 3))
    if (value === 0) return refusedBy('target-nul')
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

function faultInSegment(segment: string): TargetFault {
  let onlyDots = true
  for (let index = 0; index < segment.length; index += 1) {
    const code = segment.charCodeAt(index)
    if (code === SLASH || code === 0x5c) return refusedBy('target-separator', segment.charAt(index))
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
      return refusedBy('target-control', segment.charAt(index))
    // A server that decodes twice would read another path than we did.
    if (code === PERCENT && beginsEscape(segment, index + 1))
      return refusedBy('target-escaped-twice', segment.slice(index, index + 3))
    // A parameter, a query or a fragment begins here for a server that decodes before it looks for them.
    if (code === 0x3b || code === 0x3f || code === 0x23)
      return onlyDots && index > 0
        ? refusedBy('target-dot-segment', segment.slice(0, index + 1))
        : refusedBy('target-delimiter', segment.charAt(index))
    // Trailing dots and spaces are cut off by some file systems.
    if (code !== 0x2e && code !== 0x20) onlyDots = false
  }
  return onlyDots ? refusedBy('target-dot-segment', segment) : null
}

/** `2e`, or `u002e` as IIS and JavaScript's `unescape` know it. */
function beginsEscape(text: string, at: number): boolean {
  if (hexValue(text.charCodeAt(at)) + hexValue(text.charCodeAt(at + 1)) >= 0) return true
  if ((text.charCodeAt(at) | 0x20) !== 0x75) return false
  for (let index = at + 1; index <= at + 4; index += 1)
    if (!(hexValue(text.charCodeAt(index)) >= 0)) return false
  return true
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
