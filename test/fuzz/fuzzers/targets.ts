import { readTarget } from '../../../src/http1/target.ts'
import { isRefused } from '../../../src/lib/refused.ts'
import { createRouteTable } from '../../../src/route/table.ts'
import { integerBelow } from '../../support/random.ts'
import { routeRule } from '../../support/route-rule.ts'
import type { Fuzzer, Random } from '../fuzzer.ts'
import { hold } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'

/**
 * Request targets: what is accepted is decided and sent byte for byte, and a service that decodes it too often and
 * normalises whatever it can still finds the path that was decided on (threats 22 to 28).
 */
export async function startTargets(): Promise<Fuzzer> {
  return { name: 'targets', concurrency: 1, generate, check, close: async () => {} }
}

const table = createRouteTable(
  [
    '/',
    '/private',
    '/public/{any}',
    '/tenants/{tenant_id}/notes',
    '/tenants/{tenant_id}/notes/{note}',
    '/{a}/',
  ].map(template => routeRule('GET', template)),
)

function check(input: string): string {
  const target = readTarget(input)
  if (isRefused(target)) {
    hold(target.refused === 'TARGET_MALFORMED', 'a target is refused with its own code')
    return 'refused'
  }
  const { path, query, segments } = target
  hold((query === null ? path : `${path}?${query}`) === input, 'what is decided on is what was received')
  hold(/^\/[\x21-\x7e]*$/.test(input) && !input.includes('#'), 'what is sent is printable, from a slash on')
  hold(samePath(segments, normalise(path)), 'a service that normalises finds the decided path')
  hold(samePath(segments, normalise(path.toUpperCase(), true), true), 'escapes read alike in either case')
  const match = table.match('GET', segments)
  if (typeof match !== 'object' || 'allowed' in match) return 'accepted'
  const parameters = match.parameters.map((value, index) => [match.parameterNames[index], value] as const)
  for (const [name, value] of parameters) {
    hold(value !== '' && !/[/\\]/.test(value), `the parameter ${name} is one whole segment`)
  }
  return 'matched'
}

function samePath(decided: readonly string[], found: readonly string[], folded = false): boolean {
  const key = (segments: readonly string[]) =>
    folded ? segments.join('/').toUpperCase() : segments.join('/')
  return decided.length === found.length && key(decided) === key(found)
}

/**
 * What the most eager of services makes of a path: parameters are cut off, then it is decoded up to three times and
 * normalised after each.
 */
function normalise(path: string, folded = false): string[] {
  let text = path.replace(/;[^/]*/g, '')
  for (let round = 0; round < 3; round += 1) text = collapse(decode(text))
  return (folded ? text.toUpperCase() : text).slice(1).split('/')
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  // Undone at once: what is not ASCII was decoded in an earlier round.
  const bytes = Buffer.from(
    text.replace(/[^\0-\x7f]/gu, encodeURIComponent).replace(/%([0-9a-fA-F]{2})/g, toByte),
    'latin1',
  )
  return bytes.toString('utf8')
}

function toByte(_escape: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

/** What follows a NUL cut off, backslashes turned, dots and empty segments resolved. */
function collapse(text: string): string {
  const kept: string[] = []
  const all = text.replace(/\0.*$/s, '').replaceAll('\\', '/').slice(1).split('/')
  for (const [index, segment] of all.entries()) {
    const plain = segment.replace(/[. ]+$/, dots => (dots === segment ? dots : ''))
    const isLast = index === all.length - 1
    if (plain === '..') kept.pop()
    else if ((plain !== '.' && plain !== '') || (plain === '' && isLast)) kept.push(segment)
  }
  return `/${kept.join('/')}`
}

function generate(random: Random, corpus: readonly string[]): string {
  if (chance(random, 0.5))
    return mutate(random, oneOf(random, seedsWith(corpus)), seeds, { words: pieces, lengthMax: 4096 })
  let target = chance(random, 0.97) ? '/' : ''
  for (let count = 1 + integerBelow(random, 8); count > 0; count -= 1) target += oneOf(random, pieces)
  return target
}

const seeds = [
  '/',
  '/private',
  '/tenants/acme/notes',
  '/tenants/acme/notes/1?limit=10&after=%2F',
  '/public/a%20b',
  '/tenants/%61cme/notes/',
  '/public/%C3%A9t%C3%A9',
]

let known: readonly string[] = []
let all: readonly string[] = seeds
function seedsWith(corpus: readonly string[]): readonly string[] {
  if (corpus !== known) {
    known = corpus
    all = [...seeds, ...corpus]
  }
  return all
}

/** Joined at random, because what matters is what stands beside what. */
const pieces = [
  ...[
    '/',
    '/',
    '/',
    '/',
    'private',
    'public',
    'tenants',
    'acme',
    'notes',
    'a',
    '?',
    '#',
    '%23',
    '%3f',
    '%3F',
    '*',
  ],
  ...[
    '.',
    '..',
    '...',
    '%2e',
    '%2E',
    '%2e%2e',
    '.%2e',
    '%252e',
    '%25%32%65',
    '%2525',
    '%25',
    '%',
    '%u002e',
    '%c0%ae',
  ],
  ...['%2f', '%2F', '%5c', '%5C', '\\', '%252f', '%255c', '%c0%af', '%e0%80%af', '%ef%bc%8f', '%e2%88%95'],
  ...[
    ';',
    '%3b',
    '%3B',
    '%253b',
    ';a=b',
    '..;',
    '%00',
    '%01',
    '%0d%0a',
    '%09',
    '%20',
    '+',
    ' ',
    '\t',
    '\0',
    '\r\n',
  ],
  ...['%7f', '%80', '%c2%85', '%c2%a0', '%ff', '%c3%a9', '\xe9', '%e2%80%a8', '%ed%a0%80', '%f0%9f%98%80'],
  ...[
    'http://evil.example/',
    '//evil.example',
    '@',
    ':',
    ':80',
    '=',
    '&',
    ',',
    '!',
    '$',
    "'",
    '(',
    ')',
    '~',
    '_',
    '-',
  ],
]
