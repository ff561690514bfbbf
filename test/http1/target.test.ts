import t from 'tap'
import { readTarget } from '../../src/http1/target.ts'
import { isRefused } from '../../src/lib/refused.ts'

t.test('reads path, segments and query, and changes none of them', async t => {
  t.same(readTarget('/'), { path: '/', segments: [''], query: null, oddities: null })
  t.same(readTarget('/a/b'), { path: '/a/b', segments: ['a', 'b'], query: null, oddities: null })
  t.same(readTarget('/a/b/?'), { path: '/a/b/', segments: ['a', 'b', ''], query: '', oddities: null })
  t.same(readTarget('/a%20b/%C3%BC?x=/../%2e'), {
    path: '/a%20b/%C3%BC',
    segments: ['a b', 'ü'],
    query: 'x=/../%2e',
    oddities: null,
  })
  t.same(readTarget("/~-._!$&'()*+,=:@/..a/a../...b"), {
    path: "/~-._!$&'()*+,=:@/..a/a../...b",
    segments: ["~-._!$&'()*+,=:@", '..a', 'a..', '...b'],
    query: null,
    oddities: null,
  })
})

t.test('takes the first question mark for the end of the path', async t => {
  t.match(readTarget('/private?/public?x'), { path: '/private', query: '/public?x' })
})

t.test('decodes exactly once', async t => {
  t.same(readTarget('/100%25'), { path: '/100%25', segments: ['100%'], query: null, oddities: null })
  t.same(readTarget('/%25zz'), { path: '/%25zz', segments: ['%zz'], query: null, oddities: null })
})

t.test('refuses what a server could read as another path', async t => {
  const hostile = [
    '',
    '*',
    'a',
    'a/b',
    '@evil',
    'http://a/',
    'https://a/b',
    's://]ufd/:',
    'a.example:443',
    '?a',
    '#a',
    '\\a',
    '//',
    '//evil',
    '/a//b',
    '/a//',
    '//a/',
    '/.',
    '/..',
    '/a/.',
    '/a/..',
    '/a/./b',
    '/a/../b',
    '/../a',
    '/...',
    '/a/.../b',
    '/%2e',
    '/%2E%2e',
    '/a/.%2e/b',
    '/a/%2e./b',
    '/.%20',
    '/..%20',
    '/%20',
    '/%252e%252e',
    '/%252e',
    '/a%252fb',
    '/a%255cb',
    '/%2500',
    '/%2541',
    '/a%25%32%65',
    '/..;',
    '/..;/a',
    '/..;x=1/a',
    '/.;/a',
    '/a;x=1',
    '/;',
    '/..%3b/a',
    '/..%3fa',
    '/..%23a',
    '/a%3b',
    '/a%3fb',
    '/%23a',
    '/%25u002e%25u002e/a',
    '/%25U002f',
    '/..%3Bx/a',
    '/.%3b',
    '/a%2fb',
    '/a%2Fb',
    '/%2f',
    '/a%5cb',
    '/a%5Cb',
    '/a\\b',
    '/\\..\\a',
    '/a#b',
    '/a?b#c',
    '/#',
    '/%00',
    '/a%00b',
    '/a?b=%00',
    '/a%0d%0aX',
    '/a%09',
    '/a%7f',
    '/a%c2%85',
    '/%',
    '/%a',
    '/%zz',
    '/a%2',
    '/a?b=%',
    '/a?b=%g0',
    '/%-1',
    '/% 1',
    '/%+1',
    '/a b',
    '/a\tb',
    '/a\0',
    '/a\r\nX: 1',
    '/a\x7f',
    '/\xe9',
    '/a?\xe9',
    '/a?b c',
    '/ａ',
    '/\ud800',
    '/%ff',
    '/%c0%ae%c0%ae/a',
    '/%e0%80%ae',
    '/%ed%a0%80',
    '/%c3',
    '/%f5%80%80%80',
    '/%u002e',
    '/a"b',
    '/a<b',
    '/a>b',
    '/a^b',
    '/a`b',
    '/a{b',
    '/a}b',
    '/a|b',
    '/a[b',
    '/a]b',
  ]
  for (const target of hostile) {
    const read = readTarget(target)
    t.ok(isRefused(read), JSON.stringify(target))
    if (isRefused(read)) {
      t.equal(read.refused, 'TARGET_MALFORMED')
      if (target.length > 4) t.notOk(read.detail.includes(target), 'the reason does not quote the target')
    }
  }
})

t.test('the decided path is the sent path, and no server can normalise it into another', async t => {
  const pieces = [
    '/',
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%25',
    '2e',
    ';',
    '%3b',
    'a',
    'é',
    '%C3%A9',
    ' ',
    '%20',
    '\\',
    '?',
    '#',
    '%00',
    '%',
    'b=1',
    '*',
    ':',
    '@',
  ]
  const random = seeded(20_260_731)
  let taken = 0
  for (let round = 0; round < 200_000; round += 1) {
    let target = random() < 0.95 ? '/' : ''
    const length = Math.floor(random() * 7)
    for (let piece = 0; piece < length; piece += 1) target += pieces[Math.floor(random() * pieces.length)]
    const read = readTarget(target)
    if (isRefused(read)) continue
    taken += 1
    const sent = read.query === null ? read.path : `${read.path}?${read.query}`
    if (sent !== target) t.fail(`sent ${JSON.stringify(sent)} for ${JSON.stringify(target)}`)
    const normal = normalise(read.path)
    const decided = `/${read.segments.join('/')}`
    if (normal !== decided) t.fail(`${JSON.stringify(target)} is ${normal} elsewhere, ${decided} here`)
  }
  t.ok(taken > 10_000, `${taken} targets were taken`)
})

/** A server at its worst: decodes until nothing changes, knows backslashes and matrix parameters, merges and climbs. */
function normalise(path: string): string {
  let decoded = path
  for (let before = ''; before !== decoded; ) {
    before = decoded
    try {
      decoded = decodeURIComponent(decoded)
    } catch {
      break
    }
  }
  const climbed: string[] = []
  const segments = decoded.replaceAll('\\', '/').split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const name = /^[. ]+;/.test(segment) ? segment.slice(0, segment.indexOf(';')) : segment
    if (name.trim() === '..') climbed.pop()
    else if (name.trim() !== '.' && (name !== '' || index === segments.length - 1)) climbed.push(name)
  }
  return `/${climbed.join('/')}`
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
