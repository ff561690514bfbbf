import t from 'tap'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { startFront, statuses } from '../support/front.ts'
import { createManualClock } from '../support/manual-clock.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

t.test(
  'drains: unready at once, still serving, idle ones closed, the slow finished, the endless cut',
  async t => {
    const clock = createManualClock(0)
    const open = new Map<string, Exchange>()
    const over: (() => void)[] = []
    const front = await startFront(t, {
      clock,
      forward: async exchange => {
        const { target } = exchange.arrival
        open.set(target, exchange)
        if (target === '/quick') {
          exchange.reply.begin(200, ['Content-Length', '0'])
          exchange.reply.end([])
          return
        }
        const gone = new Promise<void>(resolve => exchange.client.onGone(resolve))
        if (target === '/endless') {
          exchange.reply.begin(200, ['Content-Type', 'text/event-stream'])
          exchange.reply.write(Buffer.from('data: 1\n\n'))
          await gone
          return
        }
        await new Promise<void>(resolve => over.push(resolve))
        exchange.reply.begin(200, ['Content-Length', '4'])
        exchange.reply.write(Buffer.from('slow'))
        exchange.reply.end([])
      },
    })
    const [idle, slow, endless, unused] = await Promise.all([1, 2, 3, 4].map(() => front.connect()))
    idle!.send(get('/quick'))
    await idle!.until(/200 OK/)
    t.notMatch(idle!.received(), /Connection: close/i)
    slow!.send(get('/slow'))
    endless!.send(get('/endless'))
    await endless!.until(/data: 1/)
    while (!open.has('/slow')) await turn()

    t.equal(front.server.isDraining(), false)
    const drained = front.server.drain(5000, 10_000)
    t.equal(front.server.isDraining(), true)

    const late = await front.connect()
    late.send(get('/quick'))
    const answered = await late.closed()
    t.same(statuses(answered), [200], 'a new connection is still served')
    t.match(answered, /^Connection: close\r$/m)

    clock.advance(5000)
    t.same(statuses(await idle!.closed()), [200], 'the idle one is closed')
    t.equal(await unused!.closed(), '', 'and one that was never used')
    await t.rejects(front.connect(), { code: 'ECONNREFUSED' })

    over[0]!()
    const finished = await slow!.closed()
    t.match(finished, /Connection: close[\s\S]*slow$/i, 'the slow one gets its answer')

    clock.advance(10_000)
    const cut = await endless!.closed()
    t.notMatch(cut, /0\r\n\r\n$/, 'a cut stream does not look whole')
    t.equal(open.get('/endless')?.outcome.aborted, 'drain')
    await drained
  },
)

t.test('closes at once when asked to, also during a drain', async t => {
  const front = await startFront(t, {
    forward: exchange => new Promise(resolve => exchange.client.onGone(resolve)),
  })
  const client = await front.connect()
  client.send(get('/a'))
  const drained = front.server.drain(60_000, 60_000)
  await turn()
  await front.server.close()
  await drained
  t.equal(await client.closed(), '')
})
