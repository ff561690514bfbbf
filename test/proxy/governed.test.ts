import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { governed } from '../../src/proxy/governed.ts'
import type { Stage } from '../../src/proxy/verdict.ts'
import { deny } from '../../src/proxy/verdict.ts'
import type { RouteRule, StageMode } from '../../src/route/rule.ts'
import { arrived } from '../support/arrival.ts'
import { routeRule } from '../support/route-rule.ts'

const denial = deny('PERMISSION_MISSING', 'none')

function exchangeIn(mode: StageMode, more: Partial<RouteRule> = {}): Exchange {
  const modes = {
    authenticate: 'enforce',
    identifyTenant: 'enforce',
    authorize: mode,
    throttle: 'enforce',
  } as const
  const rule = routeRule('GET', '/', { permission: 'notes.read', modes, ...more })
  return { ...arrived(), route: { rule, index: 0, parameters: [], parameterNames: [] } }
}

const refuses: Stage = () => denial
const refusesLater: Stage = () => Promise.resolve(denial)
const breaks: Stage = () => {
  throw new Fault('DIRECTORY_UNAVAILABLE', 'ask')
}
const breaksLater: Stage = () => Promise.reject(new Fault('DIRECTORY_UNAVAILABLE', 'ask'))

t.test('enforces a stage as it is', async t => {
  t.equal(governed('authorize', refuses)(exchangeIn('enforce')), denial)
  t.equal(await governed('authorize', refusesLater)(exchangeIn('enforce')), denial)
  t.throws(() => governed('authorize', breaks)(exchangeIn('enforce')), { code: 'DIRECTORY_UNAVAILABLE' })
  await t.rejects(Promise.resolve(governed('authorize', breaksLater)(exchangeIn('enforce'))), {
    code: 'DIRECTORY_UNAVAILABLE',
  })
})

t.test('marks a shadowed refusal, and leaves the table’s own row alone', async t => {
  for (const stage of [refuses, refusesLater])
    t.same(await governed('authorize', stage)(exchangeIn('shadow')), { ...denial, mode: 'shadow' })
  t.equal(denial.mode, 'enforce')
  t.equal(governed('authorize', () => null)(exchangeIn('shadow')), null)
})

t.test('keeps what broke in shadow, and lets the request go on', async t => {
  for (const stage of [breaks, breaksLater]) {
    const exchange = exchangeIn('shadow')
    t.equal(await governed('authorize', stage)(exchange), null)
    t.match(exchange.shadowed, [{ code: 'DIRECTORY_UNAVAILABLE' }])
  }
})

t.test('does not run a stage that is off, nor any but throttle on a public route', async t => {
  const never: Stage = () => t.fail('the stage ran') as never
  t.equal(governed('authorize', never)(exchangeIn('off')), null)
  for (const name of ['authenticate', 'identifyTenant', 'authorize'] as const)
    t.equal(governed(name, never)(exchangeIn('enforce', { permission: null })), null)
  t.equal(governed('throttle', refuses)(exchangeIn('enforce', { permission: null })), denial)
})

t.test('reads the mode of throttle on a public route too', async t => {
  const modes = { authenticate: 'enforce', identifyTenant: 'enforce', authorize: 'enforce' } as const
  const exchange = (throttle: StageMode) =>
    exchangeIn('enforce', { permission: null, modes: { ...modes, throttle } })
  t.equal(governed('throttle', refuses)(exchange('off')), null)
  t.match(governed('throttle', refuses)(exchange('shadow')), { mode: 'shadow' })
})

t.test('reads the mode of its own stage', async t => {
  t.equal(governed('throttle', refuses)(exchangeIn('off')), denial)
})
