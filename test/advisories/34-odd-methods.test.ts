/**
 * Threat 34: a field or a parameter makes another method of the one that was decided on, or a method is one that nobody thought of.
 * Advisories: none
 * Defence: a route names its method (src/route/table.ts). CONNECT, TRACE and what is no upper-case token are refused for all
 * (forbiddenMethod in src/proxy/stages/01-receive.ts); fields that override a method stay behind (overridingFields in
 * src/http1/believed-fields.ts).
 */
import t from 'tap'
import { openTargetLane } from '../support/target-lane.ts'

const names = [
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'x-http-method-override',
  'X_HTTP_Method_Override',
]

t.test('a field makes no other method of a request, neither here nor for the service', async t => {
  const lane = await openTargetLane(t)
  for (const name of names) {
    const asGet = await lane.ask('/public/a', { user: 'guest', fields: `${name}: DELETE\r\n` })
    t.equal(asGet.status, 200, name)
    const asDelete = await lane.ask('/public/a', {
      user: 'guest',
      method: 'DELETE',
      fields: `${name}: GET\r\n`,
    })
    t.match(asDelete, { status: 403, code: 'PERMISSION_MISSING' }, name)
  }
  for (const { method, fields } of lane.recorder.requests()) {
    t.equal(method, 'GET')
    t.same(
      fields.filter(([, value]) => value === 'DELETE'),
      [],
    )
  }
})

t.test('neither does a parameter of the query', async t => {
  const lane = await openTargetLane(t)
  t.equal((await lane.ask('/public/a?_method=DELETE', { user: 'guest' })).status, 200)
  t.match(await lane.ask('/public/a?_method=GET', { user: 'guest', method: 'DELETE' }), { status: 403 })
  t.same(
    lane.recorder.requests().map(({ method, target }) => `${method} ${target}`),
    ['GET /public/a?_method=DELETE'],
  )
})

t.test('a method that no route has is not let through, one that cannot be is told so', async t => {
  const lane = await openTargetLane(t)
  for (const method of ['PUT', 'POST', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE', 'QUERY', 'PURGE', 'M-SEARCH'])
    t.match(await lane.ask('/public/a', { method }), { status: 405, code: 'METHOD_UNKNOWN' }, method)
  t.match(await lane.ask('a:443', { method: 'CONNECT' }), { status: 405, code: 'METHOD_UNKNOWN' })
  for (const method of [
    'get',
    'Get',
    'GEt',
    'DELETe',
    'trace',
    'ABCDEF',
    'G@T',
    'GET\t',
    '\tGET',
    '"GET"',
    'GET,GET',
    'A'.repeat(1000),
  ])
    t.match(await lane.ask('/public/a', { method }), { status: 400 }, JSON.stringify(method.slice(0, 20)))
  t.same(lane.sent(), [])
})

t.test('HEAD is decided as the GET that it stands for', async t => {
  const lane = await openTargetLane(t)
  t.equal((await lane.ask('/public/a', { user: 'guest', method: 'HEAD' })).status, 200)
  t.equal((await lane.ask('/private', { user: 'guest', method: 'HEAD' })).status, 403)
  t.same(
    lane.recorder.requests().map(({ method }) => method),
    ['HEAD'],
  )
})
