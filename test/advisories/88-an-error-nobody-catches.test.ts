import type { Test } from 'tap'
import t from 'tap'
import { systemClock } from '../../src/lib/clock.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import type { Stages } from '../../src/proxy/pipeline.ts'
import { createPipeline, decidingStages } from '../../src/proxy/pipeline.ts'
import { createTrafficServer } from '../../src/proxy/server.ts'
import { createAnswer } from '../../src/proxy/stages/09-answer.ts'
import { createRecord } from '../../src/proxy/stages/10-record.ts'
import { createRouteTable } from '../../src/route/table.ts'
import { noCors } from '../support/cors.ts'
import { silentLog } from '../support/database.ts'
import { frontBounds } from '../support/front.ts'
import { rawClient } from '../support/raw-client.ts'
import { routeRule } from '../support/route-rule.ts'

/**
 * Threat 88: an exception or a rejection that nobody catches ends the process, and everyone’s requests with it.
 * Advisories: CVE-2024-21536, CVE-2026-21637
 * Defence: the pipeline turns whatever a stage throws into an answer, and always records (src/proxy/pipeline.ts); what
 * breaks answer or record itself costs that connection alone (src/proxy/server.ts, src/proxy/stages/10-record.ts).
 */

/** Everything that can be thrown, also what is no error. */
const thrown: readonly unknown[] = [
  new Error('a bug'),
  new TypeError('x is not a function'),
  'a text',
  undefined,
  null,
  0,
  Object.create(null),
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('not even to be looked at')
      },
    },
  ),
]

type Hook = keyof Stages | 'log' | 'metrics' | 'begin' | 'write' | 'end' | 'body'
type Injected = { readonly hooks: readonly Hook[]; readonly what: unknown; readonly later: boolean }

/** A server whose every stage is in order, until one is told to break. */
async function start(t: Test) {
  let injected: Injected | null = null
  const broken: unknown[] = []
  /** What the stage in question does: it throws at once, or rejects. */
  const breaks = (hook: Hook): Promise<null> | null => {
    if (injected?.hooks.includes(hook) !== true) return null
    if (injected.later && !atOnce.has(hook)) return Promise.reject(injected.what)
    throw injected.what
  }
  const table = createRouteTable(['GET', 'POST'].map(method => routeRule(method, '/', { permission: 'a:b' })))
  const answer = createAnswer({ realm: 'test', cors: noCors })
  const record = createRecord({
    log: { ...silentLog, info: () => void breaks('log'), error: () => {} },
    metrics: new Proxy({} as Parameters<typeof createRecord>[0]['metrics'], {
      get: (_, name) => (name === 'unrecorded' ? () => {} : () => void breaks('metrics')),
    }),
    clock: systemClock,
  })
  const stages = {
    ...Object.fromEntries(decidingStages.map(name => [name, () => breaks(name)])),
    route: (exchange: Exchange) => {
      exchange.route = table.match(exchange.arrival.method, ['']) as Exchange['route']
      return breaks('route')
    },
    forward: async (exchange: Exchange) => {
      await breaks('forward')
      const { reply } = exchange
      if (injected?.hooks.includes('body'))
        exchange.arrival.body?.on('data', () => exchange.arrival.body!.destroy(new Error('in the body')))
      reply.begin(200, ['Content-Length', '2'])
      await breaks('begin')
      reply.write(Buffer.from('o'))
      await breaks('write')
      reply.write(Buffer.from('k'))
      reply.end([])
      await breaks('end')
      return null
    },
    answer: (exchange: Exchange, ended: Parameters<Stages['answer']>[1]) => {
      breaks('answer')
      answer(exchange, ended)
    },
    record: (exchange: Exchange) => {
      breaks('record')
      record(exchange)
    },
  } as unknown as Stages
  const server = createTrafficServer({
    handle: createPipeline(stages, systemClock),
    openTunnel: () => ({ protocol: '', open: async () => t.fail() as never, close: () => false }),
    clock: systemClock,
    bounds: frontBounds,
    newRequestId: () => 'request-1',
    events: {
      onHeadRefused: () => {},
      onConnectionRefused: () => {},
      onBroken: error => broken.push(error),
    },
  })
  await server.listen('127.0.0.1', 0)
  t.teardown(() => server.close())
  const ask = async (method: string) => {
    const client = await rawClient(server.address().port)
    const body = method === 'GET' ? '\r\n' : 'Content-Length: 4\r\n\r\nbody'
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${body}`)
    const received = await client.closed()
    return received
  }
  return { ask, broken, inject: (next: Injected | null) => (injected = next) }
}

const hooks: readonly Hook[] = [
  ...decidingStages,
  'forward',
  'begin',
  'write',
  'end',
  'log',
  'metrics',
  'body',
]

/** These cannot reject: nobody waits for them. */
const atOnce: ReadonlySet<Hook> = new Set(['answer', 'record', 'log', 'metrics'])

/** What nobody caught, while the test runs. */
function watchUncaught(t: Test): unknown[] {
  const uncaught: unknown[] = []
  const note = (error: unknown) => void uncaught.push(error)
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  t.teardown(() => {
    process.off('uncaughtException', note)
    process.off('unhandledRejection', note)
  })
  return uncaught
}

t.test('whatever is thrown wherever, it is answered or cut, and the next request is served', async t => {
  const uncaught = watchUncaught(t)
  const { ask, inject } = await start(t)
  for (const hook of hooks) {
    for (const what of thrown) {
      for (const later of [false, true]) {
        inject({ hooks: [hook], what, later })
        const received = await ask(later ? 'GET' : 'POST')
        t.match(received, /^$|^HTTP\/1\.1 (500 .*"code":"INTERNAL"|200 OK)/s, `${hook} ${later}`)
        if ((decidingStages as readonly Hook[]).includes(hook) || hook === 'forward')
          t.match(received, /^HTTP\/1\.1 500 /, `${hook}: nothing was forwarded`)
        inject(null)
      }
    }
    t.match(await ask('GET'), /^HTTP\/1\.1 200 OK/, `after ${hook}`)
  }
  await new Promise(resolve => setImmediate(resolve))
  t.same(uncaught, [])
})

t.test('what breaks the answer or the record costs one connection, and is told', async t => {
  const uncaught = watchUncaught(t)
  const { ask, inject, broken } = await start(t)
  const breaking: (readonly Hook[])[] = [
    ['record'],
    ['sign', 'answer'],
    ['sign', 'answer', 'record'],
    ['write', 'record'],
  ]
  for (const hooks of breaking) {
    for (const what of thrown) {
      for (const method of ['GET', 'POST']) {
        inject({ hooks, what, later: true })
        await ask(method)
      }
    }
    inject(null)
    t.match(await ask('GET'), /^HTTP\/1\.1 200 OK/, `after ${hooks}`)
  }
  t.equal(broken.length, breaking.length * thrown.length * 2)
  t.same(uncaught, [])
})
