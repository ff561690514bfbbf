import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import type { Stages } from '../../src/proxy/pipeline.ts'
import { createPipeline, decidingStages } from '../../src/proxy/pipeline.ts'
import type { Denial } from '../../src/proxy/verdict.ts'
import { deny } from '../../src/proxy/verdict.ts'
import { createRouteTable } from '../../src/route/table.ts'
import { arrived } from '../support/arrival.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { routeRule } from '../support/route-rule.ts'

/** Every stage lets the request go on and notes that it ran; a test replaces the one it is about. */
function pipelineOf(changed: Partial<Stages> = {}, shadowed = false) {
  const ran: string[] = []
  const clock = createManualClock(0)
  const mode = shadowed ? 'shadow' : 'enforce'
  const modes = { authenticate: mode, identifyTenant: mode, authorize: mode, throttle: mode } as const
  const table = createRouteTable([routeRule('GET', '/', { permission: 'a', modes })])
  const stages = Object.fromEntries(
    [...decidingStages, 'forward', 'answer', 'record'].map(name => [
      name,
      (exchange: Exchange, ended: never) => {
        ran.push(name)
        if (name === 'route') exchange.route = table.match('GET', ['']) as Exchange['route']
        const change = changed[name as keyof Stages] as
          | ((exchange: Exchange, ended: never) => unknown)
          | undefined
        return change === undefined ? null : change(exchange, ended)
      },
    ]),
  ) as unknown as Stages
  return { ran, clock, handle: createPipeline(stages, clock) }
}

t.test('runs the deciding stages in their order, then forwards and records', async t => {
  const { ran, handle } = pipelineOf()
  await handle(arrived())
  t.same(ran, [
    'receive',
    'route',
    'authenticate',
    'identifyTenant',
    'authorize',
    'throttle',
    'sign',
    'forward',
    'record',
  ])
})

t.test('stops at an enforced refusal, answers it and records it', async t => {
  for (const later of [false, true]) {
    const denial = deny('TOKEN_MISSING', 'none')
    const { ran, handle } = pipelineOf({ authenticate: () => (later ? Promise.resolve(denial) : denial) })
    const exchange = arrived()
    await handle(exchange)
    t.same(ran, ['receive', 'route', 'authenticate', 'answer', 'record'])
    t.equal(exchange.ended, denial)
  }
})

t.test('goes on after a shadowed refusal, and keeps it', async t => {
  for (const later of [false, true]) {
    const denial = deny('RATE_LIMITED', 'none left')
    const { ran, handle } = pipelineOf({ throttle: () => (later ? Promise.resolve(denial) : denial) }, true)
    const exchange = arrived()
    await handle(exchange)
    t.ok(ran.includes('forward'))
    t.equal(exchange.ended, null)
    t.match(exchange.shadowed, [{ mode: 'shadow', refusal: { code: 'RATE_LIMITED' } }])
  }
})

t.test('answers a fault as itself, and anything else that was thrown as INTERNAL', async t => {
  const fault = new Fault('UPSTREAM_SLOW', 'wait')
  for (const [thrown, code] of [
    [fault, 'UPSTREAM_SLOW'],
    [new TypeError('a bug'), 'INTERNAL'],
    ['not even an error', 'INTERNAL'],
  ] as const) {
    for (const stage of ['receive', 'sign', 'forward'] as const) {
      const { ran, handle } = pipelineOf({
        [stage]: () => {
          throw thrown
        },
      })
      const exchange = arrived()
      await handle(exchange)
      t.same(ran.slice(-2), ['answer', 'record'], stage)
      t.equal((exchange.ended as Fault).code, code)
    }
  }
})

t.test('answers a rejection like an exception', async t => {
  const { ran, handle } = pipelineOf({
    identifyTenant: () => Promise.reject(new Fault('DIRECTORY_UNAVAILABLE', 'ask')),
  })
  const exchange = arrived()
  await handle(exchange)
  t.match(exchange.ended, { code: 'DIRECTORY_UNAVAILABLE' })
  t.notOk(ran.includes('authorize'))
  t.notOk(ran.includes('forward'), 'a fault never lets a request through')
})

t.test('answers what forward refuses', async t => {
  const denial = deny('BODY_TOO_LARGE', 'it grew')
  const { ran, handle } = pipelineOf({ forward: () => Promise.resolve(denial) })
  const exchange = arrived()
  await handle(exchange)
  t.same(ran.slice(-3), ['forward', 'answer', 'record'])
  t.equal(exchange.ended, denial)
})

t.test('forwards nothing for a client that is gone, and records it all the same', async t => {
  const { ran, handle } = pipelineOf()
  const exchange = arrived()
  await handle({ ...exchange, client: { gone: true, onGone: () => {} } })
  t.notOk(ran.includes('forward'))
  t.equal(ran.at(-1), 'record')
  t.equal(exchange.outcome.aborted, 'client')
})

t.test('measures each stage, waiting included', async t => {
  const parts = pipelineOf({
    receive: () => {
      parts.clock.advance(1)
      return null
    },
    authenticate: async () => {
      await null
      parts.clock.advance(5)
      return null
    },
    sign: () => {
      parts.clock.advance(2)
      return null
    },
  })
  const exchange = arrived()
  await parts.handle(exchange)
  t.same(exchange.stageMs, [1, 0, 5, 0, 0, 0, 2])
})

t.test('waits only for promises: a pipeline without one forwards in the same turn', async t => {
  const { ran, handle } = pipelineOf()
  const handled = handle(arrived())
  t.ok(ran.includes('forward'))
  await handled
})

t.test('does not run a later stage before an earlier promise has settled', async t => {
  const gate = Promise.withResolvers<Denial | null>()
  const { ran, handle } = pipelineOf({ authenticate: () => gate.promise })
  const handled = handle(arrived())
  await null
  t.equal(ran.at(-1), 'authenticate')
  gate.resolve(null)
  await handled
  t.equal(ran.at(-1), 'record')
})
