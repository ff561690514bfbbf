/**
 * Threat 28: what is sent is not what was decided on, because one of them was rewritten, stripped or decoded.
 * Advisories: CVE-2026-40912, CVE-2026-48020
 * Defence: nothing is rewritten. The path that was decided on is the one that is sent, byte for byte (src/http1/target.ts,
 * `path` of src/proxy/stages/01-receive.ts, targetOf in src/proxy/stages/08-forward.ts), and an upstream's address has no path
 * of its own (src/config/proxy-checks.ts).
 */
import t from 'tap'
import { configText, mistakesOf } from '../support/config-text.ts'
import { openTargetLane, refusesAll, sendsAll } from '../support/target-lane.ts'

t.test('whatever is let through arrives as it was sent', async t => {
  await sendsAll(t, await openTargetLane(t), [
    '/public/a',
    '/public/a?',
    '/public/a??',
    '/public/a?x=%2F..%2F&x=%2f&y',
    '/public/%61',
    '/p%75blic/a',
    '/%70%72%69%76%61%74%65',
    '/public/a%20b',
    '/public/a%2bb+c',
    '/public/%c3%a9',
    '/public/%C3%A9',
    "/public/~-._!$&'()*+,=:@",
    '/public/%7e%21%24',
    '/public/100%25',
    '/public/a..b',
    '/public/..a',
    '/public/%e2%80%a6%ef%bc%8e%ef%bc%8e',
    '/plain/a/b/c',
    '/plain/%61/a%20b',
    '/files/a//b',
    '/files/a%2Fb%2fc/',
    '/files/a/%2e%2e/b?c/../d',
    `/plain/${'a/'.repeat(900)}a`,
    `/public/a?${'b'.repeat(1800)}`,
  ])
})

t.test('what is decided on is what is sent: a spelling of something private is private', async t => {
  const lane = await openTargetLane(t)
  for (const target of [
    '/%70rivate',
    '/%70%72%69%76%61%74%65',
    '/private/%61',
    '/public/%61dmin',
    '/public/a%64min',
  ])
    t.match(await lane.ask(target, { user: 'guest' }), { status: 403, code: 'PERMISSION_MISSING' }, target)
  t.same(lane.sent(), [])
})

t.test('a slash at the end makes another path, which no service may take for the one without', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/public/a/': 'ROUTE_UNKNOWN',
    '/private/': 'ROUTE_UNKNOWN',
    '/plain/': 'ROUTE_UNKNOWN',
    '/plain/a/': 'ROUTE_UNKNOWN',
    '/files/': 'ROUTE_UNKNOWN',
  })
  await sendsAll(t, lane, ['/files/a/'])
})

t.test('an upstream has no path that would be put before', async t => {
  for (const url of ['http://127.0.0.1:8080/base', 'http://127.0.0.1:8080/?a'])
    t.match(mistakesOf(configText({ upstream: `upstream:\n  url: ${url}` })), [/expected no path/], url)
})
