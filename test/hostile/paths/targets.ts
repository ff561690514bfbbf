import { createRandom, integerBelow } from '../../support/random.ts'

/** Paths that belong to somebody else than the caller; each file says its own name. */
export const protectedPaths = Object.freeze(['private/secret', 'tenants/acme/notes'])

/** What the caller of the proof may read. */
export const allowedPaths = Object.freeze([
  'public/a',
  'files/a',
  'files/a b/c',
  'tails/a',
  'tenants/globex/notes',
])

/**
 * Targets that aim at a protected path, mostly through an allowed one. The same seed makes the same ones; those that
 * people have found in proxies come first.
 */
export function hostileTargets(seed: number, count: number): string[] {
  const random = createRandom(seed)
  const targets = new Set(known())
  while (targets.size < count) targets.add(generate(random))
  return [...targets].slice(0, count)
}

type Random = () => number

const ways = [
  '/public',
  '/public/a',
  '/files',
  '/files/a',
  '/files/a/b',
  '/files/a/b/c/d',
  '/files/a/b%5cc/d/e',
  '/files//a/b/c',
  '/files/a%2fb',
  '/tails/a',
  '/tails',
]
const moreWays = [
  '/tenants/globex',
  '/tenants/globex/notes',
  '',
  '/nowhere',
  '/public/a/b/c',
  '/files/a%252fb/c',
]
const separators = [
  '/',
  '/',
  '/',
  '%2f',
  '%2F',
  '%5c',
  '\\',
  '%252f',
  '%25252f',
  '%255C',
  '//',
  '/./',
  '%c0%af',
]
const oddSeparators = [
  '%e0%80%af',
  '%ef%bc%8f',
  '%u2215',
  '%u002f',
  '/;/',
  '/;a=b/',
  '/%20/',
  '/%2e/',
  '%2f/',
  '/%09',
]
const dots = [
  '..',
  '..',
  '..',
  '%2e%2e',
  '%2E.',
  '.%2e',
  '%252e%252e',
  '%25252e.',
  '.%252e',
  '...',
  '.. ',
  '..%20',
]
const oddDots = [
  ...[
    '..;',
    '..;x=1',
    '..%3b',
    '..%3bx',
    '..%00',
    '%c0%ae%c0%ae',
    '%u002e%u002e',
    '%25u002e.',
    '..%09',
    '.\t.',
  ],
  ...[
    '%ef%bc%8e%ef%bc%8e',
    '..%01',
    '..%3f',
    '..%23',
    '..%253b',
    '..%c0%af',
    '.%00.',
    '..%0d%0a',
    '..%ff',
    '%e2%80%a5',
  ],
]
const ends = [
  ...[
    '',
    '',
    '',
    '',
    '',
    '/',
    '//',
    '/.',
    '.',
    '%20',
    ';',
    ';x=1',
    '%3bx',
    '%00',
    '%00.png',
    '#',
    '#/public/a',
  ],
  ...['%23', '?', '?/public/a', '%3f', '/..', '/a/..', '%2f', '%252f', '.%20', '::$DATA', '~1', '%09', '%2e'],
]

function generate(random: Random): string {
  const one = <Item>(items: readonly Item[]) => items[integerBelow(random, items.length)]!
  const way = random() < 0.75 ? one(ways) : one(moreWays)
  const depth = way.split('/').length - 1
  // Too few climbs as well: a tail that takes dot segments lets those through.
  const climbs = Math.max(0, depth + integerBelow(random, 5) - 3)
  const separator = () => (random() < 0.85 ? one(separators) : one(oddSeparators))
  const same = random() < 0.5 ? { dots: one(dots), separator: one(separators) } : null
  let target = way
  for (let climb = 0; climb < climbs; climb += 1) {
    if (random() < 0.1) target += `${separator()}x${separator()}${random() < 0.5 ? '..' : one(dots)}`
    target += same?.separator ?? separator()
    target += same?.dots ?? (random() < 0.8 ? one(dots) : one(oddDots))
  }
  for (const name of one(protectedPaths).split('/'))
    target += (same?.separator ?? separator()) + (random() < 0.8 ? name : respelled(random, name))
  target += one(ends)
  if (random() < 0.02) target = `http://a${target}`
  if (random() < 0.03) target = `${'/a'.repeat(500)}${'/..'.repeat(500)}${target}`
  return target.replaceAll('\t', random() < 0.5 ? '\t' : '%09')
}

/** In other letters, or escaped once, twice or three times. */
function respelled(random: Random, name: string): string {
  if (random() < 0.3) return name.toUpperCase()
  const percent = ['%', '%25', '%2525'][integerBelow(random, 3)]!
  const at = integerBelow(random, name.length)
  return `${name.slice(0, at)}${percent}${name.charCodeAt(at).toString(16)}${name.slice(at + 1)}`
}

function known(): string[] {
  return protectedPaths.flatMap(path => {
    const encoded = path.replaceAll('/', '%2f')
    const climbing = [
      '/../',
      '/..%2f',
      '%2f..%2f',
      '/%2e%2e/',
      '/%252e%252e/',
      '/..%5c',
      '\\..\\',
      '/..;/',
      '/..%00/',
    ]
    return [
      ...[
        `/${path}`,
        `//${path}`,
        `/./${path}`,
        `/%2e/${path}`,
        `/${encoded}`,
        `/%2f${path}`,
        `/${path}/`,
        `/${path}?`,
      ],
      ...[
        `/${path}#`,
        `/${path}%00`,
        `/${path};x`,
        `/${path}%3bx`,
        `/${path}.`,
        `/${path}%20`,
        `/${path.toUpperCase()}`,
      ],
      ...[
        `http://a/${path}`,
        `http://evil/${path}`,
        `//evil/../${path}`,
        `/\\${path}`,
        `\\${path}`,
        `*/../${path}`,
        path,
      ],
      ...[
        `/?/../${path}`,
        `/public/a?/../../${path}`,
        `/public/a#/../../${path}`,
        `/public/a%3f/../../${path}`,
      ],
      ...[
        `/${path.replaceAll('/', '//')}`,
        `/${path.replaceAll('/', '\\')}`,
        `/${path.replaceAll('/', ';/')}`,
      ],
      ...climbing.flatMap(climb =>
        ['/public', '/files', '/files/a%2fb/..', '/tails'].map(way => way + climb + path),
      ),
      ...climbing.map(climb => `/files/a${climb}..${climb}..${climb}${path}`),
    ]
  })
}
