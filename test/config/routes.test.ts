import t from 'tap'
import { routeRules } from '../../src/config/routes.ts'
import { configText, proxyConfig } from '../support/config-text.ts'

const ruleOf = (route: string, more: Readonly<Record<string, string>> = {}) =>
  routeRules(proxyConfig(configText({ routes: `routes:\n  - ${route}`, ...more })))[0]!

t.test('a route takes what it does not say from what is said of all', async t => {
  const rule = ruleOf('{ match: "GET /a/{b}", permission: "a:b" }', {
    upstream: 'upstream:\n  url: http://127.0.0.1\n  headersTimeoutMs: 7\n  idleTimeoutMs: 8',
    bounds: 'bounds:\n  bodyBytes: 9\n  bodyIdleMs: 10\n  bodyBytesPerSecond: 11',
    modes: 'modes:\n  throttle: shadow',
  })
  t.same(rule, {
    method: 'GET',
    template: '/a/{b}',
    takes: [],
    permission: 'a:b',
    scope: 'tenant',
    tenantSelectors: [],
    workspaceSelectors: [],
    isolation: { by: 'nothing', reason: 'the configuration does not say how it is isolated' },
    charge: 1,
    upgrade: null,
    origins: [],
    timeouts: { headersMs: 7, idleMs: 8 },
    bodyBytesMax: 9,
    bodyPace: { idleMs: 10, bytesPerSecondMin: 11 },
    modes: { authenticate: 'enforce', identifyTenant: 'enforce', authorize: 'enforce', throttle: 'shadow' },
  })
})

t.test('what a route says comes before what is said of all', async t => {
  const rule = ruleOf(
    '{ match: "GET /a/{b}", permission: "a:b", scope: workspace, charge: 3, upgrade: websocket, bodyBytes: 5, ' +
      'timeouts: { headersMs: 0, idleMs: 0, bodyIdleMs: 0 }, bodyBytesPerSecond: 0, modes: { throttle: off }, isolation: assertion, ' +
      'selectors: { tenant: ["path:b"], workspace: ["query:w.x"] } }',
  )
  t.match(rule, {
    scope: 'workspace',
    tenantSelectors: [{ in: 'path', name: 'b' }],
    workspaceSelectors: [{ in: 'query', name: 'w.x' }],
    isolation: { by: 'assertion' },
    charge: 3,
    upgrade: 'websocket',
    timeouts: { headersMs: 0, idleMs: 0 },
    bodyBytesMax: 5,
    bodyPace: { idleMs: 0, bytesPerSecondMin: 0 },
    modes: { throttle: 'off', authorize: 'enforce' },
  })
})

t.test('a public route asks for nothing and charges nothing', async t => {
  const rule = ruleOf('{ match: GET /a, public: true }')
  t.match(rule, { permission: null, scope: 'none', charge: 0, isolation: { by: 'public' } })
})

t.test('the reason for a closed route is kept', async t => {
  const rule = ruleOf('{ match: GET /a, permission: "a:b", isolation: { none: one cache for all } }')
  t.same(rule.isolation, { by: 'nothing', reason: 'one cache for all' })
})
