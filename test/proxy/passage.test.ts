import t from 'tap'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { Passage } from '../../src/proxy/passage.ts'
import { createServiceFields } from '../../src/proxy/service-fields.ts'
import { noCors } from '../support/cors.ts'
import { createManualClock } from '../support/manual-clock.ts'

t.test('a client that drains in time is not cut', async t => {
  const { passage, clock, drain, cancelled } = passageFor()
  passage.onDrain(() => {})
  clock.advance(999)
  drain()
  clock.advance(1000)
  t.equal(cancelled(), 0)
  t.equal(clock.timerCount(), 0)
})

t.test('it is cut once, by whoever comes first, and never after it is over', async t => {
  const { passage, cancelled } = passageFor()
  passage.overflow()
  passage.clientLeft()
  t.equal(passage.cut, 'overflow')
  t.equal(cancelled(), 1)
  const done = passageFor()
  done.passage.over()
  done.passage.clientLeft()
  t.equal(done.passage.cut, null)
  t.equal(done.cancelled(), 0)
})

t.test('time until the head is measured, or until it was given up', async t => {
  const { passage, clock, exchange } = passageFor()
  clock.advance(5)
  passage.onHead(200, [])
  clock.advance(5)
  passage.note()
  t.equal(exchange.outcome.upstreamMs, 5)
  const failed = passageFor()
  failed.clock.advance(7)
  failed.passage.note()
  t.equal(failed.exchange.outcome.upstreamMs, 7)
})

t.test('the head of a tunnel frames nothing: what follows it is the tunnel', async t => {
  const { passage } = passageFor()
  const fields = passage.switching(['Content-Length', '5', 'Transfer-Encoding', 'chunked', 'Kept', '1'])
  t.same(fields, ['Kept', '1', 'X-Request-ID', 'r-1'])
})

t.test('a head that the reply refuses is the service’s fault', async t => {
  const { passage, exchange } = passageFor(() => {
    throw new Error('invalid')
  })
  t.throws(() => passage.onHead(200, []), { code: 'UPSTREAM_BROKEN' })
  t.equal(exchange.outcome.status, 0)
})

function passageFor(begin = () => {}) {
  const clock = createManualClock(0)
  let drained = () => {}
  let cancelled = 0
  const exchange = {
    request: { id: 'r-1' },
    grant: null,
    outcome: { status: 0, upstreamStatus: 0, upstreamMs: 0, bytesOut: 0 },
    reply: {
      begin,
      onDrain: (listener: () => void) => {
        drained = listener
      },
    },
  } as unknown as Exchange
  const passage = new Passage(
    exchange,
    clock,
    createServiceFields({ reservedPrefix: 'X-QLP-', ageHeader: null, cors: noCors, clock }),
    1000,
  )
  passage.onCancel(() => {
    cancelled += 1
  })
  return { passage, clock, exchange, drain: () => drained(), cancelled: () => cancelled }
}
