import t from 'tap'
import { createRouteTable } from '../../src/route/table.ts'
import { routeRule } from '../support/route-rule.ts'

function tableOf(...routes: string[]) {
  const rules = routes.map(route => {
    const [method, template] = route.split(' ')
    return routeRule(method!, template!)
  })
  const table = createRouteTable(rules)
  return (method: string, ...segments: string[]) => {
    const match = table.match(method, segments)
    if (typeof match === 'string') return match
    return 'allowed' in match ? { allowed: match.allowed } : [match.rule.template, ...match.parameters]
  }
}

t.test('matches exactly: no prefixes, no cases, and a trailing slash is another path', async t => {
  const match = tableOf('GET /notes', 'GET /notes/{id}', 'GET /slash/', 'GET /')
  t.same(match('GET', 'notes'), ['/notes'])
  t.same(match('GET', 'notes', '7'), ['/notes/{id}', '7'])
  t.same(match('GET', ''), ['/'])
  t.same(match('GET', 'slash', ''), ['/slash/'])
  for (const path of [
    ['note'],
    ['notess'],
    ['Notes'],
    ['notes', ''],
    ['notes', '7', ''],
    ['notes', '7', 'x'],
    ['slash'],
    ['', ''],
    [],
  ])
    t.equal(match('GET', ...path), 'path-unknown', path.join('/'))
})

t.test('lets a literal beat a parameter at each segment, and comes back when that leads nowhere', async t => {
  const match = tableOf('GET /a/{x}', 'GET /{y}/b', 'GET /a/b/c', 'GET /{p}/{q}/d', 'DELETE /{y}/b')
  t.same(match('GET', 'a', 'b'), ['/a/{x}', 'b'])
  t.same(match('GET', 'z', 'b'), ['/{y}/b', 'z'])
  t.same(match('GET', 'a', 'b', 'c'), ['/a/b/c'])
  t.same(match('GET', 'a', 'b', 'd'), ['/{p}/{q}/d', 'a', 'b'])
  t.same(match('DELETE', 'a', 'b'), ['/{y}/b', 'a'], 'a rule of another method shadows nothing')
})

t.test('says which methods a path has, over all templates that match it', async t => {
  const match = tableOf('GET /a/{x}', 'POST /{y}/b', 'PUT /a/c')
  t.same(match('PATCH', 'a', 'b'), { allowed: 'GET, HEAD, POST' })
  t.same(match('PATCH', 'a', 'c'), { allowed: 'GET, HEAD, PUT' })
  t.same(match('get', 'a', 'c'), { allowed: 'GET, HEAD, PUT' })
  t.same(match('HEAD', 'z', 'b'), { allowed: 'POST' })
})

t.test('answers HEAD by the rule for GET', async t => {
  const match = tableOf('GET /a/{x}')
  t.same(match('HEAD', 'a', '1'), ['/a/{x}', '1'])
})

t.test('names a rule’s place and parameters, in the order of its own template', async t => {
  const table = createRouteTable([
    routeRule('GET', '/x'),
    routeRule('GET', '/{b}/{a}'),
    routeRule('PUT', '/{c}/{d}'),
  ])
  t.match(table.match('GET', ['1', '2']), { index: 1, parameterNames: ['b', 'a'], parameters: ['1', '2'] })
  t.match(table.match('PUT', ['1', '2']), { index: 2, parameterNames: ['c', 'd'] })
})

t.test('is not confused by names that objects have', async t => {
  const match = tableOf('GET /a')
  for (const name of ['__proto__', 'constructor', 'toString']) t.equal(match('GET', name), 'path-unknown')
  t.same(match('constructor', 'a'), { allowed: 'GET, HEAD' })
})

t.test('throws once, with every template that contradicts another or is malformed', async t => {
  const rules = [
    routeRule('GET', '/a/{x}'),
    routeRule('GET', '/a/{y}'),
    routeRule('POST', '/a/{y}'),
    routeRule('GET', 'b'),
    routeRule('HEAD', '/c'),
    routeRule('get', '/d'),
  ]
  t.throws(() => createRouteTable(rules), {
    message: /GET \/a\/\{y\}: the same as \/a\/\{x\}[\s\S]*GET b: [\s\S]*HEAD \/c: [\s\S]*get \/d: /,
  })
})
