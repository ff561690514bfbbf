/**
 * Threat 25: a NUL or another control character ends the path for the service, or is dropped from it.
 * Advisories: none
 * Defence: control characters are refused raw (src/http1/target.ts, and node's parser before it), and escaped to any depth: NUL
 * in faultIn, the others in faultInSegment, and those behind more than one escaping in src/http1/odd-target.ts. No tail
 * takes them.
 */
import t from 'tap'
import { openTargetLane, refusesAll } from '../support/target-lane.ts'

const controls = Array.from({ length: 0x21 }, (_, index) => (index === 0x20 ? 0x7f : index))
const escaped = (code: number) => `%${code.toString(16).padStart(2, '0')}`

t.test('an escaped NUL is refused, in the path and in the query', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/private%00': 'target-nul',
    '/private%00.html': 'target-nul',
    '/public/a%00/../private': 'target-nul',
    '/public/%00admin': 'target-nul',
    '/plain/a%00': 'target-nul',
    '/files/a%00': 'target-nul',
    '/public/a?b=%00': 'target-nul',
    '/public/a%2500': 'target-nul',
    '/files/a%2500': 'target-nul',
    '/files/a%252500': 'target-nul',
    '/public/a%c0%80': 'target-not-utf8',
    '/files/a%25c0%2580': 'target-not-utf8',
  })
})

t.test('so is every other control character', async t => {
  const lane = await openTargetLane(t)
  const once = controls
    .slice(1)
    .flatMap(code => [`/public/admin${escaped(code)}`, `/files/a${escaped(code)}`])
  const twice = controls.slice(1).map(code => `/files/a%25${escaped(code).slice(1)}`)
  const c1 = ['/public/admin%c2%85', '/public/%c2%80', '/files/a%c2%9f', '/files/a%25c2%2585']
  await refusesAll(
    t,
    lane,
    Object.fromEntries([...once, ...twice, ...c1].map(target => [target, 'target-control'])),
  )
})

t.test('none of them comes through raw', async t => {
  const lane = await openTargetLane(t)
  for (const code of [...controls, 0x80, 0x85, 0xa0, 0xff]) {
    const { status } = await lane.ask(`/public/a${String.fromCharCode(code)}b`)
    t.equal(status, 400, `0x${code.toString(16)}`)
  }
  t.same(lane.sent(), [])
})
