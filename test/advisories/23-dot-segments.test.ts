/**
 * Threat 23: a dot segment, raw, escaped or escaped twice, leads the service out of the place that was decided on.
 * Advisories: CVE-2026-33494, CVE-2021-43557, CVE-2026-65600, CVE-2026-67309
 * Defence: what is a dot segment once it is decoded, and what would still hold an escape then, is refused (faultInSegment
 * in src/http1/target.ts). A tail that takes them takes only those that stay inside in every reading (readSegment in
 * src/http1/odd-target.ts, holds in src/route/table.ts).
 */
import t from 'tap'
import { openTargetLane, refusesAll, sendsAll } from '../support/target-lane.ts'

t.test('dot segments are refused in every spelling', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/../private': 'target-dot-segment',
    '/public/a/../../private': 'target-dot-segment',
    '/public/.': 'target-dot-segment',
    '/./private': 'target-dot-segment',
    '/../private': 'target-dot-segment',
    '/public/..': 'target-dot-segment',
    '/public/...': 'target-dot-segment',
    '/public/....': 'target-dot-segment',
    '/public/%2e%2e/private': 'target-dot-segment',
    '/public/%2E./private': 'target-dot-segment',
    '/public/.%2e/private': 'target-dot-segment',
    '/public/..%20/private': 'target-dot-segment',
    '/public/%20../private': 'target-dot-segment',
    '/public/%20': 'target-dot-segment',
    '/public/..%2fprivate': 'target-dot-segment',
    '/public/..%5cprivate': 'target-dot-segment',
    '/public/..%3f/private': 'target-dot-segment',
    '/public/..%23/private': 'target-dot-segment',
    '/public/%252e%252e/private': 'target-dot-segment',
    '/public/%25252e%25252e/private': 'target-dot-segment',
    '/public/%2525252e%2525252e/private': 'target-escaped-twice',
    '/public/a%2541': 'target-escaped-twice',
    '/public/%25u002e%25u002e/private': 'target-escape',
    '/public/%u002e%u002e/private': 'target-escape',
    '/public/%%32%65%%32%65/private': 'target-escape',
    '/public/%c0%ae%c0%ae/private': 'target-not-utf8',
    '/public/%e0%80%ae%e0%80%ae/private': 'target-not-utf8',
    '/public/%f0%80%80%ae./private': 'target-not-utf8',
    '/plain/../private': 'target-dot-segment',
    '/plain/%2e%2e/private': 'target-dot-segment',
  })
})

t.test('a tail that takes them sends on, byte for byte, what stays inside in every reading', async t => {
  const lane = await openTargetLane(t)
  await sendsAll(t, lane, [
    '/files/a/../b',
    '/files/a/./b/',
    '/files/a/%2e%2e/b',
    '/files/a/b/%252e%252e/c',
    '/files/a/b/..%2f../c',
    '/files/a/b/c/..%5c%2e%2e/d',
    '/files/a..b/..c/d..',
  ])
  await refusesAll(t, lane, {
    '/files/..': 'target-dot-segment',
    '/files/.': 'target-dot-segment',
    '/files/../private': 'target-dot-segment',
    '/files/a/..': 'target-dot-segment',
    '/files/a/../': 'target-dot-segment',
    '/files/a/../../private': 'target-dot-segment',
    '/files/a//../../private': 'target-dot-segment',
    '/files/a/./../../private': 'target-dot-segment',
    '/files/a/%2e%2e/%2e%2e/private': 'target-dot-segment',
    '/files/a/%252e%252e/%252e%252e/private': 'target-dot-segment',
    '/files/a/%25252e%25252e/%25252e%25252e/private': 'target-dot-segment',
    '/files/a/.../private': 'target-dot-segment',
    '/files/a/..;/..;/private': 'target-character',
    '/files/a/..%3bx/..%3bx/private': 'target-dot-segment',
    '/files/a/..%20/.%2e%20/private': 'target-dot-segment',
    // Three names for who decodes first, one for who climbs first.
    '/files/a%2fb%2fc/../%2e%2e/private': 'target-dot-segment',
    '/files/a%2fb%2fc/../../private': 'target-dot-segment',
    '/files/a%252fb%252fc/../%2e%2e/private': 'target-dot-segment',
    '/../files/a': 'target-dot-segment',
    '/files/../files/a': 'target-dot-segment',
  })
})
