/**
 * Threat 22: an encoded slash or backslash is one character for whoever decides, and a separator for the service.
 * Advisories: CVE-2021-29492, CVE-2021-31920, CVE-2021-27306, CVE-2025-47952, CVE-2025-66490
 * Defence: a segment that holds a separator once it is decoded is refused (faultInSegment in src/http1/target.ts), unless a
 * tail takes it: then no other route lies below that tail (src/config/route-checks.ts), and its bytes go on as they came.
 */
import t from 'tap'
import { configText, mistakesOf } from '../support/config-text.ts'
import { openTargetLane, refusesAll, sendsAll } from '../support/target-lane.ts'

t.test('encoded separators are refused on every route that does not take them', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/a%2fprivate': 'target-separator',
    '/public/a%2Fprivate': 'target-separator',
    '/public%2fa': 'target-separator',
    '/%2fprivate': 'target-empty-segment',
    '/private%2f': 'target-empty-segment',
    '/public/a%5cprivate': 'target-separator',
    '/public/a%5Cprivate': 'target-separator',
    '/public/%5c%5cprivate': 'target-empty-segment',
    '/public\\private': 'target-character',
    '/public/a\\..\\private': 'target-character',
    '/plain/a%2fb': 'target-separator',
    '/plain/a%5cb': 'target-separator',
    '/public/a%252fprivate': 'target-escaped-twice',
    '/public/a%255cprivate': 'target-escaped-twice',
    '/public/a%25%32%66private': 'target-escaped-twice',
    '/public/a%25u002fprivate': 'target-escape',
    '/public/a%c0%afprivate': 'target-not-utf8',
    '/public/a%e0%80%afprivate': 'target-not-utf8',
    '/public/a%c1%9cprivate': 'target-not-utf8',
    '/public/a%u2215private': 'target-escape',
  })
})

t.test('a tail that takes them gets them byte for byte, and no route before it does', async t => {
  const lane = await openTargetLane(t)
  await sendsAll(t, lane, ['/files/a%2fb', '/files/a%2Fb/c%5Cd', '/files/a%252fb', '/files/a%2f%2fb'])
  await refusesAll(t, lane, {
    '/files%2fa': 'target-separator',
    '/files/a\\b': 'target-character',
    '/files/..%2fprivate': 'target-dot-segment',
    '/files/..%5cprivate': 'target-dot-segment',
    '/files/a%2f..%2f..%2fprivate': 'target-dot-segment',
    '/files/a%c0%afb': 'target-not-utf8',
    '/files/a%25c0%25afb': 'target-not-utf8',
  })
})

t.test('a tail that takes them has no other route of its method below it', async t => {
  const open = 'public: true'
  const mistakes = (...routes: readonly string[]) =>
    mistakesOf(configText({ routes: `routes:\n${routes.map(each => `  - { match: ${each} }`).join('\n')}` }))
  const tail = `"GET /files/{path...}", ${open}, takes: [encoded-slash]`
  t.same(mistakes(tail, `GET /files, ${open}`, `POST /files/admin, ${open}`), [])
  t.match(mistakes(tail, `GET /files/admin, ${open}`), [/expected no other route/])
  t.match(mistakes(tail, `"GET /{any}/{name}", ${open}`), [/expected no other route/])
})
