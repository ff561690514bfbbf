/**
 * Threat 33: a target that no parser of URLs takes throws where nobody catches it.
 * Advisories: none
 * Defence: no parser of URLs sees a target. src/http1/target.ts and src/http1/odd-target.ts read it character by character, and what
 * cannot be decoded is refused (decodeSegment, decode).
 */
import t from 'tap'
import { readOddTarget } from '../../src/http1/odd-target.ts'
import { readTarget } from '../../src/http1/target.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { createRouteTable } from '../../src/route/table.ts'
import { createRandom, integerBelow } from '../support/random.ts'
import { routeRule } from '../support/route-rule.ts'
import { openTargetLane } from '../support/target-lane.ts'

const pieces = [
  ...[
    's://]ufd/:',
    'http://',
    'http://[',
    '//[::1',
    '//:',
    '/',
    '/',
    '\\',
    '?',
    '#',
    '@',
    ':',
    '[',
    ']',
    '%',
    '%%',
    '%2',
  ],
  ...[
    '%zz',
    '%ff',
    '%c3',
    '%ed%a0%80',
    '%f4%90%80%80',
    '%2f',
    '%2e',
    '%25',
    '%2525',
    '%00',
    '%u',
    '%ud800',
    '..',
    '.',
    ';',
  ],
  ...[
    'a',
    'private',
    'files',
    '\0',
    '\t',
    ' ',
    '\x7f',
    '\x80',
    '\xff',
    '\ud800',
    '\udc00',
    '\u{1f600}',
    '*',
    '{',
    '|',
    '^',
  ],
]

t.test('whatever a target is made of, it is read or refused, and nothing is thrown', async t => {
  const random = createRandom(33)
  const table = createRouteTable([
    routeRule('GET', '/private'),
    routeRule('GET', '/{a}/{b}'),
    routeRule('GET', '/files/{path...}', { takes: ['encoded-slash', 'escaped-twice', 'dot-segment'] }),
  ])
  let refusals = 0
  for (let round = 0; round < 100_000; round += 1) {
    let text = random() < 0.7 ? '/' : ''
    for (let count = integerBelow(random, 8); count > 0; count -= 1)
      text += pieces[integerBelow(random, pieces.length)]!
    let target = readTarget(text)
    if (isRefused(target)) target = readOddTarget(text, target)
    if (isRefused(target)) {
      refusals += 1
      if (target.refused !== 'TARGET_MALFORMED') t.fail(JSON.stringify(text))
    } else table.match('GET', target.segments, target.oddities)
  }
  t.ok(refusals > 50_000 && refusals < 100_000, `${refusals} are refused`)
})

t.test('a sidecar answers them, and the next request', async t => {
  const lane = await openTargetLane(t)
  for (const target of [
    's://]ufd/:',
    '//[::1',
    '//:',
    '/[',
    '/]',
    '/public/%',
    '/public/%ff',
    '/public/%ed%a0%80',
    '/%',
    '/?%',
    '://',
    'http://[',
    '/\\',
    `/${'%'.repeat(500)}`,
    `/files/%${'25'.repeat(300)}41`,
    `/files/${'../'.repeat(300)}`,
    `/${'/'.repeat(1000)}`,
  ])
    t.match(await lane.ask(target), { status: 400 }, target.slice(0, 40))
  t.same(lane.sent(), [])
  t.equal((await lane.ask('/public/a')).status, 200)
})
