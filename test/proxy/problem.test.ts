import t from 'tap'
import { problemBody, problemType } from '../../src/proxy/problem.ts'

t.test('a row becomes the problem details of RFC 9457', async t => {
  const row = { code: 'ROUTE_UNKNOWN', status: 404, title: 'No "such" thing', hint: 'Look again.' }
  t.same(JSON.parse(problemBody(row, 'r-1')), {
    type: 'urn:postern:error:ROUTE_UNKNOWN',
    title: 'No "such" thing',
    status: 404,
    code: 'ROUTE_UNKNOWN',
    hint: 'Look again.',
    request_id: 'r-1',
  })
  t.equal(problemType, 'application/problem+json')
})

t.test('a row without a hint has no hint in its body', async t => {
  const body = JSON.parse(problemBody({ code: 'INTERNAL', status: 500, title: 'Ours' }, 'r'))
  t.notOk('hint' in body)
})

t.test('each request sees its own id, and a hostile id stays inside its string', async t => {
  const row = { code: 'X', status: 400, title: 'x' }
  t.equal(JSON.parse(problemBody(row, 'first')).request_id, 'first')
  const hostile = JSON.parse(problemBody(row, 'a","status":200,"b":"'))
  t.equal(hostile.request_id, 'a","status":200,"b":"')
  t.equal(hostile.status, 400)
})
