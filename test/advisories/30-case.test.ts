/**
 * Threat 30: who decides folds case and the service does not, or the other way about.
 * Advisories: CVE-2026-27587, CVE-2026-27588, CVE-2021-39155
 * Defence: a literal matches in its own case alone, however it is escaped (find in src/route/table.ts); what no route has in that
 * case is not forwarded. The name of a field means the same in any case (src/http1/framing.ts), a method only in upper case.
 */
import t from 'tap'
import { openTargetLane, refusesAll, sendsAll, targetRoutes } from '../support/target-lane.ts'

t.test('a literal in another case is another path, for the one who may see all', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    '/PRIVATE': 'ROUTE_UNKNOWN',
    '/Private': 'ROUTE_UNKNOWN',
    '/privatE/a': 'ROUTE_UNKNOWN',
    '/%50rivate': 'ROUTE_UNKNOWN',
    '/PUBLIC/a': 'ROUTE_UNKNOWN',
    '/Files/a%2Fb': 'target-separator',
    '/Plain/a': 'ROUTE_UNKNOWN',
  })
})

t.test('an escape is the same in both cases, and a value keeps its own', async t => {
  const lane = await openTargetLane(t)
  await sendsAll(t, lane, ['/public/A', '/public/%c3%89', '/public/%C3%89', '/plain/A/b'], { user: 'guest' })
  for (const target of ['/%70rivate', '/priv%61te', '/public/%61dmin'])
    t.equal((await lane.ask(target, { user: 'guest' })).code, 'PERMISSION_MISSING', target)
})

t.test('a tenant is no other one’s in another case', async t => {
  const lane = await openTargetLane(
    t,
    `${targetRoutes}
  - match: GET /tenants/{tenant_id}/notes
    permission: self:read
    isolation: assertion
    selectors: { tenant: ["path:tenant_id"] }`,
  )
  t.equal((await lane.ask('/tenants/acme/notes')).status, 200)
  for (const slug of ['ACME', 'Acme', '%41cme', 'globex'])
    t.equal((await lane.ask(`/tenants/${slug}/notes`)).code, 'CROSS_TENANT', slug)
})

t.test('the name of a field means the same in any case, a method does not', async t => {
  const lane = await openTargetLane(t)
  const { sidecar } = lane
  const token = sidecar.token('acme', 'guest')
  for (const [host, authorization] of [
    ['HOST', 'AUTHORIZATION'],
    ['hOsT', 'authorization'],
  ] as const) {
    const client = await sidecar.connect()
    client.send(
      `GET /private HTTP/1.1\r\n${host}: a\r\n${authorization}: Bearer ${token}\r\nCONNECTION: CLOSE\r\n\r\n`,
    )
    t.match(await client.closed(), /^HTTP\/1\.1 403 [\s\S]*PERMISSION_MISSING/, host)
  }
  for (const method of ['get', 'Get', 'gET'])
    t.equal((await lane.ask('/public/a', { method })).code, 'REQUEST_MALFORMED', method)
})
