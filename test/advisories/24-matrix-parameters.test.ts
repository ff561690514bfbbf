/**
 * Threat 24: the service cuts off what follows a semicolon, so that `/..;/` climbs and `/admin;x` is `/admin`.
 * Advisories: CVE-2020-5902
 * Defence: a path holds no semicolon (pathCharacters in src/http1/target.ts), and no segment an escaped one (faultInSegment),
 * unless a tail takes it behind a name (beginsCut in src/http1/odd-target.ts).
 */
import t from 'tap'
import { openTargetLane, refusesAll, sendsAll } from '../support/target-lane.ts'

t.test('a semicolon in a path is refused, wherever it stands', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/..;/private': 'target-character',
    '/public/..;x=1/private': 'target-character',
    '/public/.;/private': 'target-character',
    '/public/;/../private': 'target-character',
    '/public/admin;': 'target-character',
    '/public/admin;x=1': 'target-character',
    '/public/;admin': 'target-character',
    '/public;x/admin': 'target-character',
    '/private;x': 'target-character',
    '/;/private': 'target-character',
    '/plain/a;b': 'target-character',
    '/files/a;b': 'target-character',
  })
})

t.test('so is an escaped one', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/..%3b/private': 'target-dot-segment',
    '/public/..%3bx/private': 'target-dot-segment',
    '/public/.%3B/private': 'target-dot-segment',
    '/public/admin%3b': 'target-delimiter',
    '/public/admin%3Bx=1': 'target-delimiter',
    '/public/%61dmin%3bx': 'target-delimiter',
    '/public/%3badmin': 'target-delimiter',
    '/public%3b/admin': 'target-delimiter',
    '/plain/a%3bb': 'target-delimiter',
    '/public/admin%253bx': 'target-escaped-twice',
  })
})

t.test(
  'a tail that takes escaped ones takes none that would leave nothing of a segment, or dots',
  async t => {
    const lane = await openTargetLane(t)
    await sendsAll(t, lane, ['/files/a%3bb', '/files/a%3Bb/c', '/files/a%253bb'])
    await refusesAll(t, lane, {
      '/files/%3b': 'target-delimiter',
      '/files/a/%3bb': 'target-delimiter',
      '/files/a%2f%3bb': 'target-delimiter',
      '/files/a/..%3bb/c': 'target-dot-segment',
      '/files/a%2f..%3bb/c': 'target-dot-segment',
      '/files%3bx/a': 'target-delimiter',
    })
  },
)

t.test('in a query it is a character like any other', async t => {
  await sendsAll(t, await openTargetLane(t), ['/public/a?b;c=d', '/public/a?b%3bc=d'])
})
