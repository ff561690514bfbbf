/**
 * Threat 27: the query counts where only the path should, so that `/private?/public/a` passes for public.
 * Advisories: CVE-2025-54576, CVE-2020-8595
 * Defence: the path ends at the first question mark (splitTarget in src/http1/target.ts), and routes see nothing else
 * (src/route/table.ts).
 */
import t from 'tap'
import { openTargetLane, sendsAll } from '../support/target-lane.ts'

t.test('a guest gets nothing private by a query that looks public', async t => {
  const lane = await openTargetLane(t)
  for (const target of [
    '/private?/public/a',
    '/private?x=/public/a',
    '/private?/../public/a',
    '/private/a?/public/a',
    '/private/a?x?/public/a',
    '/public/admin?/public/a',
    '/private?',
    '/private?%2e%2e/public/a',
  ])
    t.match(await lane.ask(target, { user: 'guest' }), { status: 403, code: 'PERMISSION_MISSING' }, target)
  for (const target of ['/?/public/a', '/nowhere?/public/a', '/public?/a', '/public/?a'])
    t.match(await lane.ask(target, { user: 'guest' }), { status: 404, code: 'ROUTE_UNKNOWN' }, target)
  t.same(lane.sent(), [])
})

t.test('what looks private in a query is not looked at', async t => {
  const lane = await openTargetLane(t)
  const targets = [
    '/public/a?/private',
    '/public/a?x=/../private',
    '/public/a??/private',
    '/public/a?%2e%2e/private',
  ]
  await sendsAll(t, lane, targets, { user: 'guest' })
})
