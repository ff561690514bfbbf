/**
 * Threat 26: a fragment ends the path for whoever decides and not for the service, or the other way about.
 * Advisories: CVE-2023-45539, CVE-2023-47106, CVE-2021-39156, CVE-2026-41059
 * Defence: no target holds `#`, neither in its path nor in its query (pathCharacters and queryCharacters in
 * src/http1/target.ts). No segment holds an escaped `#` or `?`, which would begin a fragment or a query for a service that
 * decodes before it splits (faultInSegment), unless a tail takes it behind a name (beginsCut in src/http1/odd-target.ts).
 */
import t from 'tap'
import { openTargetLane, refusesAll, sendsAll } from '../support/target-lane.ts'

t.test('a raw fragment is refused', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/private#': 'target-character',
    '/private#/public/a': 'target-character',
    '/public/a#': 'target-character',
    '/public/a#/../private': 'target-character',
    '/public#/a': 'target-character',
    '/#/public/a': 'target-character',
    '/public/a?b#c': 'target-character',
    '/public/a?#': 'target-character',
    '/files/a#b': 'target-character',
  })
})

t.test('so is an escaped one in a path, and an escaped question mark', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/admin%23': 'target-delimiter',
    '/public/admin%23x': 'target-delimiter',
    '/public/%61dmin%3Fx': 'target-delimiter',
    '/public/admin%3f': 'target-delimiter',
    '/private%23/a': 'target-delimiter',
    '/private%3f': 'target-delimiter',
    '/%23/private': 'target-delimiter',
    '/plain/a%23': 'target-delimiter',
    '/public/..%23/private': 'target-dot-segment',
    '/public/admin%2523': 'target-escaped-twice',
  })
})

t.test(
  'a tail that takes escaped ones takes none that would leave nothing of a segment, or dots',
  async t => {
    const lane = await openTargetLane(t)
    await sendsAll(t, lane, ['/files/a%23b', '/files/a%3fb%3Fc', '/files/a%2523b'])
    await refusesAll(t, lane, {
      '/files/%23': 'target-delimiter',
      '/files/a/%3fb': 'target-delimiter',
      '/files/..%23/private': 'target-dot-segment',
      '/files/a/..%3f/../..': 'target-dot-segment',
      '/files%23/a': 'target-delimiter',
    })
  },
)

t.test('in a query they are data', async t => {
  await sendsAll(t, await openTargetLane(t), ['/public/a?b=%23c', '/public/a?b=%3f?'])
})
