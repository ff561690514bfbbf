import t from 'tap'
import { configText, load, mistakesOf } from '../support/config-text.ts'

const routes = (...list: string[]) => ({ routes: `routes:\n${list.map(route => `  - ${route}`).join('\n')}` })
const mistakes = (...list: string[]) =>
  mistakesOf(configText(routes(...list))).map(text => text.replace(/^\d+:\d+ /, ''))

t.test('a public route has no permission, scope, selectors, charge or other isolation', async t => {
  t.same(mistakes('{ match: GET /a, public: true }'), [])
  t.match(mistakes('{ match: GET /a, public: true, permission: "a:b" }'), [
    /^routes\[0\]\.permission: expected no/,
  ])
  t.match(mistakes('{ match: GET /a, public: true, scope: tenant }'), [
    /^routes\[0\]\.scope: expected the scope none/,
  ])
  t.match(mistakes('{ match: GET /a, public: true, isolation: assertion }'), [
    /^routes\[0\]\.isolation: expected/,
  ])
  t.match(mistakes('{ match: GET /a, public: true, charge: 1 }'), [
    /^routes\[0\]\.charge: expected the charge 0/,
  ])
  t.match(mistakes('{ match: GET /a, public: true, selectors: { tenant: ["query:t"] } }'), [
    /expected no selectors/,
  ])
})

t.test('a route that is not public has a permission', async t => {
  t.same(mistakes('{ match: GET /a, isolation: assertion }'), [
    'routes[0]: expected a permission, or public: true',
  ])
})

t.test('a template is valid, its method upper case and known', async t => {
  const bad = [
    'GET',
    'get /a',
    'GET  /a',
    'HEAD /a',
    'TRACE /a',
    'FETCH /a',
    'GET a',
    'GET /a//b',
    'GET /a/../b',
  ]
  const more = [
    'GET /a?b',
    'GET /%61',
    'GET /{a}b',
    'GET /{a',
    'GET /{a}/{a}',
    'GET /a b',
    'GET /{1}',
    'GET /{a...}/b',
    'GET /{a..}',
  ]
  for (const match of [...bad, ...more]) {
    t.match(mistakes(`{ match: "${match}", public: true }`), [/^routes\[0\]\.match: expected /], match)
  }
  for (const match of ['GET /', 'PATCH /a/{b}/c.d', 'OPTIONS /a:b', 'GET /a/', 'GET /a/{b...}']) {
    t.same(mistakes(`{ match: "${match}", public: true }`), [], match)
  }
})

t.test('each method and path comes once, whatever its parameters are called', async t => {
  t.same(
    mistakes(
      '{ match: "GET /a/{b}", public: true }',
      '{ match: "GET /a/{c}", public: true }',
      '{ match: "PUT /a/{b}", public: true }',
    ),
    ['routes[1].match: expected each method and path once; routes[0] matches the same'],
  )
})

t.test('routes are compared although one of them is not valid', async t => {
  const found = mistakes(
    '{ match: GET /a, public: true }',
    '{ match: nonsense }',
    '{ match: GET /a, public: true }',
  )
  t.match(found, [/^routes\[1\]\.match/, /^routes\[2\]\.match: expected each method and path once/])
})

t.test('a path selector names a parameter of the path', async t => {
  const route = (selectors: string) =>
    mistakes(`{ match: "GET /a/{b}", permission: "a:b", isolation: assertion, selectors: ${selectors} }`)
  t.same(route('{ tenant: ["path:b"], workspace: ["query:w"] }'), [])
  t.match(route('{ tenant: ["path:c"] }'), [/^routes\[0\]\.selectors\.tenant\[0\]: expected a parameter/])
  t.match(route('{ tenant: ["body:c"] }'), [/expected path:<parameter> or query:<name>$/])
  t.match(route('{ tenant: ["query:t", "query:t"] }'), [/tenant\[1\]: expected each selector once/])
  t.match(route('{ tenant: ["path:b"], workspace: ["path:b"] }'), [
    /expected a place that does not name the tenant/,
  ])
})

t.test('a workspace is named by a selector or by a header', async t => {
  const route = '{ match: GET /a, permission: "a:b", isolation: assertion, scope: workspace }'
  t.same(mistakes(route), [])
  const tenancy = 'tenancy:\n  workspaceHeader: null'
  t.match(mistakesOf(configText({ ...routes(route), tenancy })), [
    /routes\[0\]: expected a workspace selector/,
  ])
})

t.test('an upgrade begins with GET', async t => {
  t.match(mistakes('{ match: POST /a, permission: "a:b", isolation: assertion, upgrade: websocket }'), [
    /expected the method GET/,
  ])
})

t.test('a route that is closed is warned of', async t => {
  const loaded = load(
    configText(
      routes(
        '{ match: GET /a, permission: "a:b" }',
        '{ match: GET /b, permission: "a:b", isolation: { none: why } }',
      ),
    ),
  )
  t.match(loaded, {
    warnings: [
      { path: 'routes[0]', line: 14 },
      { path: 'routes[1].isolation', line: 15 },
    ],
  })
})

t.test('a tail and a parameter in one place are two paths, two tails are one', async t => {
  t.same(mistakes('{ match: "GET /a/{b...}", public: true }', '{ match: "GET /a/{b}", public: true }'), [])
  t.match(mistakes('{ match: "GET /a/{b...}", public: true }', '{ match: "GET /a/{c...}", public: true }'), [
    /^routes\[1\]\.match: expected each method and path once/,
  ])
})

t.test('a tail selects nothing', async t => {
  t.match(
    mistakes(
      '{ match: "GET /a/{b...}", permission: "a:b", isolation: assertion, selectors: { tenant: ["path:b"] } }',
    ),
    [/^routes\[0\]\.selectors\.tenant\[0\]: expected a parameter of one segment/],
  )
})

t.test('only a tail takes what is odd, each oddity once, and no other route lies below it', async t => {
  const odd = (match: string, takes = '[dot-segment]') =>
    `{ match: "${match}", public: true, takes: ${takes} }`
  const plain = (match: string) => `{ match: "${match}", public: true }`
  const apart = ['GET /a', 'PUT /a/{d...}', 'POST /a/b', 'GET /b/c', 'GET /{all...}']
  t.same(mistakes(odd('GET /a/{b...}'), ...apart.map(plain)), [])
  t.match(mistakes(odd('GET /a/{b}')), [/^routes\[0\]\.takes: expected a tail in match/])
  t.match(mistakes(odd('GET /a/{b...}', '[dot-segment, dot-segment]')), [
    /^routes\[0\]\.takes: expected each oddity once/,
  ])
  t.match(mistakes(odd('GET /a/{b...}', '[semicolon]')), [/^routes\[0\]\.takes\[0\]: expected /])
  const below = ['GET /a/b', 'GET /a/{c}', 'GET /a/', 'GET /{x}/b/{c...}', 'GET /{x}/{c...}']
  t.match(mistakes(odd('GET /{t}/a/{b...}'), plain('GET /c/{d...}')), [/as routes\[1\]$/])
  t.same(mistakes(odd('GET /c/a/{b...}'), plain('GET /{t}/{d...}'), plain('GET /c/{d...}')), [])
  for (const match of below)
    t.match(mistakes(odd('GET /a/{b...}'), plain(match)), [/^routes\[0\]\.takes: .* as routes\[1\]$/], match)
})
