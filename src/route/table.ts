import type { Oddities } from '../http1/target.ts'
import type { RouteMatch } from './match.ts'
import type { RouteRule } from './rule.ts'
import type { TemplateSegment } from './template.ts'
import { readTemplate } from './template.ts'

export type RouteTable = {
  /**
   * Finds the rule of a request. `segments` are decoded once; HEAD falls under the rule for GET.
   *
   * @param oddities of an odd path, which only a tail matches that takes every one of them, and that no reading leaves
   * @returns the match; `path-unknown`; or the methods that the path does have, for the Allow field
   */
  readonly match: (
    method: string,
    segments: readonly string[],
    oddities?: Oddities | null,
  ) => RouteMatch | 'path-unknown' | MethodUnknown
}

export type MethodUnknown = { readonly allowed: string }

/**
 * Compiles the templates into a tree once. Matching is exact: no prefixes, and a trailing slash is another path. Segment
 * by segment a literal beats a parameter, and that a tail; where the literal's branch leads nowhere for this path and
 * method, the parameter's is tried, then the tail, so no rule shadows another's paths by accident. A tail is never empty.
 *
 * @throws an Error that lists every template that is malformed, or that says the same as another
 */
export function createRouteTable(rules: readonly RouteRule[]): RouteTable {
  const root = newNode()
  const mistakes: string[] = []
  rules.forEach((rule, index) => {
    const template = readTemplate(rule.template)
    if (!methodShape.test(rule.method) || rule.method === 'HEAD') {
      mistakes.push(
        `${rule.method} ${rule.template}: not an upper-case method; HEAD falls under the rule for GET`,
      )
      return
    }
    if ('mistake' in template) {
      mistakes.push(`${rule.method} ${rule.template}: ${template.mistake}`)
      return
    }
    const leaf = leafOf(root, template.segments)
    const other = leaf.get(rule.method)
    if (other !== undefined)
      mistakes.push(`${rule.method} ${rule.template}: the same as ${other.rule.template}, which comes first`)
    else leaf.set(rule.method, entryOf(rule, index, template.segments))
  })
  if (mistakes.length > 0) throw new Error(`The routes contradict themselves:\n  ${mistakes.join('\n  ')}`)
  return {
    match: (method, segments, oddities = null) =>
      match(root, method === 'HEAD' ? 'GET' : method, segments, oddities),
  }
}

const methodShape = /^[A-Z][A-Z-]*$/

type Node = {
  readonly literals: Map<string, Node>
  parameter: Node | null
  /** By method; null where no tail begins. */
  tails: Map<string, Entry> | null
  /** By method; null where no template ends. */
  entries: Map<string, Entry> | null
}

type Entry = {
  readonly rule: RouteRule
  readonly index: number
  readonly parameterNames: readonly string[]
  /** Where the parameters are in the path. */
  readonly places: readonly number[]
  /** Ready for every request, where there is no parameter. */
  readonly whole: RouteMatch
}

function newNode(): Node {
  return { literals: new Map(), parameter: null, tails: null, entries: null }
}

function leafOf(root: Node, segments: readonly TemplateSegment[]): Map<string, Entry> {
  let node = root
  for (const segment of segments) {
    if (segment.kind === 'tail') {
      node.tails ??= new Map()
      return node.tails
    }
    if (segment.kind === 'parameter') {
      node.parameter ??= newNode()
      node = node.parameter
    } else {
      let next = node.literals.get(segment.text)
      if (next === undefined) {
        next = newNode()
        node.literals.set(segment.text, next)
      }
      node = next
    }
  }
  node.entries ??= new Map()
  return node.entries
}

function entryOf(rule: RouteRule, index: number, segments: readonly TemplateSegment[]): Entry {
  const places = segments.flatMap((segment, place) => (segment.kind === 'parameter' ? [place] : []))
  const parameterNames = Object.freeze(places.map(place => segments[place]!.text))
  return {
    rule,
    index,
    parameterNames,
    places,
    whole: Object.freeze({ rule, index, parameterNames, parameters: [] }),
  }
}

function match(
  root: Node,
  method: string,
  segments: readonly string[],
  oddities: Oddities | null,
): RouteMatch | 'path-unknown' | MethodUnknown {
  const entry = find(root, method, segments, 0, oddities)
  if (entry !== null) return matchOf(entry, segments)
  const methods = new Set<string>()
  collect(root, segments, 0, oddities, methods)
  if (methods.size === 0) return 'path-unknown'
  if (methods.has('GET')) methods.add('HEAD')
  return { allowed: [...methods].sort().join(', ') }
}

/** As deep as the longest template at most, and at most two ways at each segment that templates fork at. */
function find(
  node: Node,
  method: string,
  segments: readonly string[],
  at: number,
  oddities: Oddities | null,
): Entry | null {
  if (at === segments.length) return oddities === null ? (node.entries?.get(method) ?? null) : null
  const segment = segments[at]!
  const literal = node.literals.get(segment)
  let found = literal === undefined ? null : find(literal, method, segments, at + 1, oddities)
  if (found === null && node.parameter !== null && segment !== '')
    found = find(node.parameter, method, segments, at + 1, oddities)
  if (found !== null || node.tails === null) return found
  const tail = node.tails.get(method)
  return tail !== undefined && holds(tail, segments, at, oddities) ? tail : null
}

function collect(
  node: Node,
  segments: readonly string[],
  at: number,
  oddities: Oddities | null,
  methods: Set<string>,
): void {
  if (at === segments.length) {
    if (oddities === null && node.entries !== null)
      for (const method of node.entries.keys()) methods.add(method)
    return
  }
  const segment = segments[at]!
  const literal = node.literals.get(segment)
  if (literal !== undefined) collect(literal, segments, at + 1, oddities, methods)
  if (node.parameter !== null && segment !== '') collect(node.parameter, segments, at + 1, oddities, methods)
  if (node.tails === null) return
  for (const [method, tail] of node.tails) if (holds(tail, segments, at, oddities)) methods.add(method)
}

/** Whether all from this segment on may be the entry's tail. */
function holds(entry: Entry, segments: readonly string[], at: number, oddities: Oddities | null): boolean {
  // Many services read a slash at the end as if it were not there.
  if (segments.at(-1) === '' && !entry.rule.takes.includes('empty-segment')) return false
  if (oddities === null) return segments[at] !== ''
  if (oddities.from < at) return false
  for (const kind of oddities.kinds) if (!entry.rule.takes.includes(kind)) return false
  let depth = 0
  for (let index = at; index < segments.length; index += 1) {
    depth += oddities.steps[index]!
    if (depth < 0) return false
  }
  return depth > 0
}

function matchOf(entry: Entry, segments: readonly string[]): RouteMatch {
  const { rule, index, parameterNames, places, whole } = entry
  if (places.length === 0) return whole
  const parameters = new Array<string>(places.length)
  for (let each = 0; each < places.length; each += 1) parameters[each] = segments[places[each]!]!
  return { rule, index, parameters, parameterNames }
}
