import t from 'tap'
import { readOddTarget } from '../../src/http1/odd-target.ts'
import { readTarget } from '../../src/http1/target.ts'
import { isRefused } from '../../src/lib/refused.ts'
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

t.test('lets a tail match one segment or more, where neither a literal nor a parameter leads on', async t => {
  const match = tableOf(
    'GET /files/{rest...}',
    'GET /files/{id}',
    'GET /files/{id}/meta',
    'GET /files/all',
    'PUT /files/{rest...}',
    'GET /{a}/{b}/{rest...}',
  )
  t.same(match('GET', 'files', 'all'), ['/files/all'])
  t.same(match('GET', 'files', '7'), ['/files/{id}', '7'])
  t.same(match('GET', 'files', '7', 'meta'), ['/files/{id}/meta', '7'])
  t.same(match('GET', 'files', '7', 'x', 'y'), ['/files/{rest...}'], 'a tail is no parameter')
  t.same(match('HEAD', 'files', 'all', 'x'), ['/files/{rest...}'], 'comes back from the literal')
  t.same(match('PUT', 'files', 'all'), ['/files/{rest...}'], 'a rule of another method shadows nothing')
  t.same(match('GET', 'other', '7', 'x'), ['/{a}/{b}/{rest...}', 'other', '7'])
  t.same(match('DELETE', 'files', 'a', 'b'), { allowed: 'GET, HEAD, PUT' })
  for (const path of [['files'], ['files', ''], ['files', 'all', ''], ['other', '7'], ['other', '7', '']])
    t.equal(match('GET', ...path), 'path-unknown', path.join('/'))
})

t.test('lets an odd path match only a tail that takes all of it, and that it does not leave', async t => {
  const table = createRouteTable([
    routeRule('GET', '/files/{rest...}', { takes: ['encoded-slash', 'dot-segment'] }),
    routeRule('PUT', '/files/{rest...}', { takes: ['encoded-slash'] }),
    routeRule('GET', '/plain/{rest...}'),
    routeRule('GET', '/ends/{rest...}', { takes: ['empty-segment'] }),
    routeRule('GET', '/one/{segment}'),
    routeRule('GET', '/{any}/b/c'),
  ])
  const match = (line: string) => {
    const [method, path] = line.split(' ')
    const strict = readTarget(path!)
    const target = isRefused(strict) ? readOddTarget(path!, strict) : strict
    if (isRefused(target)) return target.rule
    const found = table.match(method!, target.segments, target.oddities)
    if (typeof found === 'string') return found
    return 'allowed' in found ? found.allowed : found.rule.template
  }
  const taken = [
    'GET /files/a%2fb',
    'HEAD /files/a%2fb',
    'GET /files/a/%2e%2E/b',
    'GET /files/./a',
    'GET /files/a/b/..%2fc/d',
    'PUT /files/a%2Fb',
  ]
  for (const line of ['GET /ends/a/', 'GET /ends/a//b', 'GET /ends//a'])
    t.equal(match(line), '/ends/{rest...}', line)
  for (const line of ['GET /ends/', 'GET /ends//', 'GET /files/a%2fb/', 'GET /plain/a/'])
    t.equal(match(line), 'path-unknown', line)
  for (const line of taken) t.equal(match(line), '/files/{rest...}', line)
  const unknown = [
    'GET /plain/a%2fb',
    'GET /one/a%2fb',
    'GET /a%2fb',
    'GET /x%2fy/b/c',
    'GET /fi%2fles/a',
    'GET /files%2fa/b',
    'GET /./files/a',
    'GET /files/../files/a',
    'GET /files/..',
    'GET /files/.',
    'GET /files/a/..',
    'GET /files/a/../../b',
    'GET /files/..%2fa',
    'GET /files/a%2fb/../../c',
    'GET /files/a%2f..%2fb',
    'GET /files/a%5cb',
    'GET /files/a%252fb',
    'GET /files//a',
    'GET /files/a%2f%2fb',
    'GET /files/%2fa',
  ]
  for (const line of unknown) t.equal(match(line), 'path-unknown', line)
  t.equal(match('PUT /files/a/./b'), 'GET, HEAD')
  t.equal(match('POST /files/a%2fb'), 'GET, HEAD, PUT')
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
