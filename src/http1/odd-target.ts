import type { Refused } from '../lib/refused.ts'
import { isRefused } from '../lib/refused.ts'
import { refusedBy } from './rules.ts'
import type { Oddity, Target } from './target.ts'
import { splitTarget } from './target.ts'

/**
 * Reads a target that readTarget refused, for the routes whose tail takes what is odd in it. Nothing is normalised here
 * either: it is only found out what each segment can mean to a server that decodes it once, or until nothing changes,
 * and that then merges, cuts and climbs.
 *
 * @param refusal what readTarget said
 * @returns TARGET_MALFORMED for what no route can take: control characters, NUL, invalid UTF-8 or IIS's `%u` at any depth
 *   of escaping, more than three escapings, and every character that may not stand in a path
 */
export function readOddTarget(
  target: string,
  refusal: Refused<'TARGET_MALFORMED'>,
): Target | Refused<'TARGET_MALFORMED'> {
  const split = splitTarget(target)
  if (isRefused(split)) return split
  const segments = split.path.slice(1).split('/')
  const kinds = new Set<Oddity>()
  const steps: number[] = []
  let from = -1
  for (let index = 0; index < segments.length; index += 1) {
    const found = readSegment(segments[index]!, index === segments.length - 1)
    if (isRefused(found)) return found
    segments[index] = found.decodedOnce
    steps.push(found.step)
    for (const kind of found.kinds) kinds.add(kind)
    if (from === -1 && found.kinds.length > 0) from = index
  }
  // What is odd in no way that a route can take stays refused.
  if (from === -1) return refusal
  return { ...split, segments, oddities: { kinds, from, steps, refusal: gravest(kinds, refusal) } }
}

const decodingsMax = 3

type Segment = {
  readonly decodedOnce: string
  readonly kinds: readonly Oddity[]
  readonly step: number
}

function readSegment(raw: string, isLast: boolean): Segment | Refused<'TARGET_MALFORMED'> {
  let text = raw
  let decodedOnce = raw
  let decodings = 0
  for (; ; decodings += 1) {
    const decoded = decode(text)
    if (decoded === null) return refusedBy('target-not-utf8')
    if (decoded === text) break
    if (decodings === decodingsMax) return refusedBy('target-escaped-twice', escapeIn(text))
    const never = neverTaken(decoded)
    if (never !== null) return never
    if (decodings === 0) decodedOnce = decoded
    text = decoded
  }
  const kinds: Oddity[] = []
  if (decodings > 1) kinds.push('escaped-twice')
  if (text.includes('/')) kinds.push('encoded-slash')
  if (text.includes('\\')) kinds.push('encoded-backslash')
  if (delimiter.test(text)) kinds.push('encoded-delimiter')

  const pieces = text.split(/[/\\]/)
  let names = 0
  let climbs = 0
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index]!
    // Cut there, a tail would end in nothing, or climb.
    const cut = beginsCut.exec(piece)
    if (cut !== null) return refusedBy(cut[1] === '' ? 'target-delimiter' : 'target-dot-segment', cut[0])
    if (piece === '') {
      if (!isLast || pieces.length > 1) kinds.push('empty-segment')
    } else if (dotSegment.test(piece)) {
      kinds.push('dot-segment')
      climbs += climbsOf(piece)
    } else names += 1
  }
  return { decodedOnce, kinds, step: climbs > 0 ? -climbs : Math.min(names, 1) }
}

/** Dots and spaces, of which some file systems cut off the last ones. */
const dotSegment = /^[. ]+$/
const delimiter = /[;?#]/
const beginsCut = /^([. ]*)[;?#]/

/** `..` climbs once; some servers climbed once more for each further dot. */
function climbsOf(piece: string): number {
  return Math.max(0, piece.replaceAll(' ', '').length - 1)
}

/** Once, leaving alone what is no escape; null where the bytes are not UTF-8. */
function decode(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent)
  } catch {
    return null
  }
}

function neverTaken(decoded: string): Refused<'TARGET_MALFORMED'> | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\0-\x1f\x7f-\x9f]/.exec(decoded)
  if (control !== null) return refusedBy(control[0] === '\0' ? 'target-nul' : 'target-control', control[0])
  const unicode = /%u[0-9A-F]{4}/i.exec(decoded)
  return unicode === null ? null : refusedBy('target-escape', unicode[0])
}

/** What a route is least likely to take names the refusal. */
function gravest(
  kinds: ReadonlySet<Oddity>,
  refusal: Refused<'TARGET_MALFORMED'>,
): Refused<'TARGET_MALFORMED'> {
  if (kinds.has('dot-segment')) return refusedBy('target-dot-segment')
  if (kinds.has('empty-segment')) return refusedBy('target-empty-segment')
  if (kinds.has('escaped-twice')) return refusedBy('target-escaped-twice')
  if (kinds.has('encoded-delimiter')) return refusedBy('target-delimiter')
  return refusal
}

/** Never the whole of a path, which may hold what a log must not. */
function escapeIn(text: string): string {
  const at = text.indexOf('%')
  return text.slice(at, at + 3)
}
