import t from 'tap'
import { Fault } from '../../src/lib/fault.ts'
import { Delivery } from '../../src/upstream/delivery.ts'

const reset = Object.assign(new Error('x'), { code: 'ECONNRESET' })

t.test('only a reused connection that closed without an answer is a lost race', async t => {
  for (const [requests, answered, error, lost] of [
    [1, false, reset, true],
    [0, false, reset, false],
    [1, true, reset, false],
    [1, false, Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), false],
  ] as const) {
    const { delivery, controller } = deliveryOn(requests)
    delivery.onRequestStart(controller)
    if (answered) delivery.onResponseStarted()
    t.equal(delivery.lostRace(error), lost)
  }
})

t.test('what was cancelled is no lost race, and is given up before it is written', async t => {
  const { delivery, controller, aborted, written } = deliveryOn(1)
  const fault = new Fault('UPSTREAM_UNREACHABLE', 'x')
  delivery.cancel(fault)
  delivery.onRequestStart(controller)
  t.same(aborted, [fault])
  t.equal(written(), 0)
  t.equal(delivery.written, false)
  t.equal(delivery.lostRace(reset), false)
})

t.test('each use of a connection is counted', async t => {
  const { delivery, controller } = deliveryOn(0)
  delivery.onRequestStart(controller)
  t.equal(delivery.connection?.requests, 1)
})

function deliveryOn(requests: number) {
  const aborted: Error[] = []
  let written = 0
  const none = () => {}
  const receiver = { onInform: none, onHead: none, onChunk: () => true, onDrain: none, onEnd: none }
  const onWritten = () => {
    written += 1
  }
  const delivery = new Delivery(receiver, onWritten, none)
  delivery.connection = { socket: null, requests }
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (error: Error) => void aborted.push(error),
    pause: none,
    resume: none,
  }
  return { delivery, controller, aborted, written: () => written }
}
