/**
 * Threat 35: a query means one thing to who decides and another to the service: separators, names that come twice, spellings.
 * Advisories: CVE-2022-2880, CVE-2022-34296
 * Defence: nothing is decided on a query unless a route selects by it, and its bytes are sent on as they came. Where a route does,
 * whatever another parser could read differently is ambiguous (readQueryParameter in src/access/selectors.ts).
 */
import t from 'tap'
import { openTargetLane, refusesAll, sendsAll, targetRoutes } from '../support/target-lane.ts'

const routes = `${targetRoutes}
  - match: GET /notes
    permission: self:read
    isolation: assertion
    selectors: { tenant: ["query:tenant"] }`

t.test('a query that nothing is decided on is sent on byte for byte', async t => {
  await sendsAll(t, await openTargetLane(t), [
    '/public/a?a=1;b=2',
    '/public/a?a=1&a=2',
    '/public/a?a[]=1&a[]=2',
    '/public/a?&&a&=b&',
    '/public/a?tenant=globex&tenant=acme',
    '/public/a?a=%ff%c0%af',
    '/public/a?a=+%20%2B',
    '/public/a?a=%26b=c',
    '/public/a?a={"b":[1,2]}',
    "/public/a?a='--<>|^`\\",
  ])
})

t.test('one that names the tenant names it once, in one spelling', async t => {
  const lane = await openTargetLane(t, routes)
  await sendsAll(t, lane, [
    '/notes?tenant=acme',
    '/notes?a=b&tenant=acme&c=d',
    '/notes?%74enant=%61cme',
    '/notes',
  ])
  const ambiguous = [
    'tenant=acme&tenant=globex',
    'tenant=globex&tenant=acme',
    'tenant=acme&tenant=acme',
    'tenant=acme&%74enant=globex',
    'tenant=acme;tenant=globex',
    'a=b;tenant=acme',
    'tenant=acme&a=b;c=d',
    'tenant[]=acme',
    'tenant=acme&tenant[]=globex',
    'tenant[0]=globex&tenant=acme',
    'tenant=acme&Tenant=globex',
    'TENANT=acme',
    'tenant=acme&+tenant=globex',
    'tenant=acme&tenant%20=globex',
    'tenant=acme&tenant%5b%5d=globex',
    'tenant=%ff',
    '%ff=a&tenant=acme',
  ]
  await refusesAll(
    t,
    lane,
    Object.fromEntries(ambiguous.map(query => [`/notes?${query}`, 'SELECTOR_AMBIGUOUS'])),
  )
})

t.test('and it has to be the one that the principal acts in', async t => {
  const lane = await openTargetLane(t, routes)
  await refusesAll(t, lane, {
    '/notes?tenant=globex': 'CROSS_TENANT',
    '/notes?tenant=': 'CROSS_TENANT',
    '/notes?tenant': 'CROSS_TENANT',
    '/notes?tenant=acme%20': 'CROSS_TENANT',
    '/notes?tenant=acme%26tenant=globex': 'CROSS_TENANT',
  })
})
