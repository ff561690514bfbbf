import t from 'tap'
import { readOddTarget } from '../../src/http1/odd-target.ts'
import { readTarget } from '../../src/http1/target.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { createRandom, integerBelow } from '../support/random.ts'

function read(target: string) {
  const strict = readTarget(target)
  return isRefused(strict) ? readOddTarget(target, strict) : strict
}

t.test('keeps path and query as they came, decodes once, and says what is odd, and from where', async t => {
  t.match(read('/a/b%2fc/%252E%252e?x=/../'), {
    path: '/a/b%2fc/%252E%252e',
    query: 'x=/../',
    segments: ['a', 'b/c', '%2E%2e'],
    oddities: {
      kinds: new Set(['encoded-slash', 'escaped-twice', 'dot-segment']),
      from: 1,
      steps: [1, 1, -1],
      refusal: { refused: 'TARGET_MALFORMED', rule: 'target-dot-segment' },
    },
  })
})

t.test('finds each oddity, however often it is escaped', async t => {
  const cases: readonly (readonly [path: string, kinds: string, steps: string])[] = [
    ['/a%2fb', 'encoded-slash', '1'],
    ['/a%2f', 'empty-segment encoded-slash', '1'],
    ['/a%3bb', 'encoded-delimiter', '1'],
    ['/a%253f', 'encoded-delimiter escaped-twice', '1'],
    ['/a%5Cb', 'encoded-backslash', '1'],
    ['/a%252fb', 'encoded-slash escaped-twice', '1'],
    ['/a%25252fb', 'encoded-slash escaped-twice', '1'],
    ['/a%2541', 'escaped-twice', '1'],
    ['//a', 'empty-segment', '0 1'],
    ['//', 'empty-segment', '0 0'],
    ['/%2fa', 'empty-segment encoded-slash', '1'],
    ['/a%2f/b', 'empty-segment encoded-slash', '1 1'],
    ['/a/.', 'dot-segment', '1 0'],
    ['/a/%2e%2E', 'dot-segment', '1 -1'],
    ['/a/.../b', 'dot-segment', '1 -2 1'],
    ['/%20', 'dot-segment', '0'],
    ['/..%20', 'dot-segment', '-1'],
    ['/a%2f..%2f..%5cb', 'dot-segment encoded-backslash encoded-slash', '-2'],
  ]
  for (const [path, kinds, steps] of cases) {
    const target = read(path)
    if (isRefused(target)) t.fail(`${path} is refused`)
    else {
      t.equal([...target.oddities!.kinds].sort().join(' '), kinds, path)
      t.equal(target.oddities!.steps.join(' '), steps, path)
    }
  }
})

t.test('refuses what no route can take', async t => {
  const cases: readonly (readonly [path: string, rule: string])[] = [
    ['a', 'target-form'],
    ['/a%2f%00', 'target-nul'],
    ['/a%2f%2500', 'target-nul'],
    ['/a%25250a', 'target-control'],
    ['/a%2f%7f', 'target-control'],
    ['/a%25c2%2585', 'target-control'],
    ['/a%2f%ff', 'target-not-utf8'],
    ['/a%25c0%25af', 'target-not-utf8'],
    ['/..%c0%af', 'target-not-utf8'],
    ['/a%25u002fb', 'target-escape'],
    ['/a%u002fb', 'target-escape'],
    ['/..%3bx', 'target-dot-segment'],
    ['/a%2f.%253fx', 'target-dot-segment'],
    ['/a%2f%23x', 'target-delimiter'],
    ['/a%2525252fb', 'target-escaped-twice'],
    ['/a\\b', 'target-character'],
    ['/a#b', 'target-character'],
    ['/a%2f;b', 'target-character'],
    ['/a%2f?b#', 'target-character'],
  ]
  for (const [path, rule] of cases) {
    const target = read(path)
    t.equal(isRefused(target) && target.rule, rule, path)
  }
})

t.test('no reading of a path climbs further than its steps say', async t => {
  const random = createRandom(20_261_124)
  const pieces = '/ / / . .. %2e %2E %2f %5c %25 %252e %252f 2e 2f %3b %3f %23 %20 a a b%2fc'.split(' ')
  let odd = 0
  for (let round = 0; round < 50_000; round += 1) {
    let path = '/'
    for (let piece = integerBelow(random, 9); piece >= 0; piece -= 1)
      path += pieces[integerBelow(random, pieces.length)]
    const target = read(path)
    if (isRefused(target) || target.oddities === null) continue
    odd += 1
    const least = leastOf(target.oddities.steps)
    for (const reading of readingsOf(path))
      if (leastOf(reading) < least) t.fail(`${path} climbs to ${leastOf(reading)}, not ${least}`)
  }
  t.ok(odd > 20_000, `${odd} odd paths`)
})

function leastOf(steps: readonly number[]): number {
  let depth = 0
  let least = 0
  for (const step of steps) {
    depth += step
    least = Math.min(least, depth)
  }
  return least
}

/** Decoded up to four times; with backslashes turned or not, empty segments merged or not, each as its steps. */
function readingsOf(path: string): number[][] {
  const readings: number[][] = []
  let text = path.slice(1)
  for (let decodings = 0; decodings < 5; decodings += 1) {
    for (const separator of [/\//, /[/\\]/]) {
      for (const cut of [/$/, /;.*$/]) {
        const names = text.split(separator).map(name => name.replace(cut, '').trim())
        readings.push(names.map(name => (name === '..' ? -1 : name === '.' || name === '' ? 0 : 1)))
        readings.push(names.map(name => (name === '..' ? -1 : name === '.' ? 0 : 1)))
      }
    }
    text = text.replace(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent)
  }
  return readings
}
