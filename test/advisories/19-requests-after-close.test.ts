import t from 'tap'
import { asksToClose } from '../../src/http1/hop-by-hop.ts'
import { openLane } from '../hostile/heads/lane.ts'

/**
 * Threat 19: a request behind one that said `Connection: close`, which one side reads and the other does not.
 * Advisories: none
 * Defence: Connection is read by our own parser, which finds `close` in any spelling, and takes nothing more from the
 * connection (asksToClose in src/http1/hop-by-hop.ts, src/proxy/connection.ts).
 */

const spellings = [
  'close',
  'Close',
  'CLOSE',
  'close\t',
  '\tclose',
  ' close ',
  'close,',
  ',close',
  'keep-alive, close',
  'close, keep-alive',
  'keep-alive,close',
  'x , close',
  'close ,x',
  'x,\tclose\t,y',
  'keep-alive\r\nConnection: close',
  'close\r\nConnection: keep-alive',
  'close\r\nConnection: close',
  'close, close',
]

t.test('nothing behind a request that closes is served, in any spelling and any pieces', async t => {
  const lane = await openLane(t)
  const token = lane.sidecar.token('acme', 'member')
  const request = (target: string, connection: string) =>
    `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n${connection}\r\n`
  for (const spelling of spellings) {
    const first = request('/notes/1', `Connection: ${spelling}\r\n`)
    for (const pieces of [[first + request('/notes/2', '')], [first, request('/notes/2', '')]]) {
      const { answer, forwarded, violations, hung } = await lane.send(pieces, null)
      const name = `${JSON.stringify(spelling)} in ${pieces.length}`
      t.same(
        forwarded.map(({ target }) => target),
        ['/notes/1'],
        name,
      )
      t.same([violations, hung], [[], false])
      t.equal(answer.split('HTTP/1.1 ').length, 2, `${name}: one answer`)
    }
  }
})

t.test('HTTP/1.0 is over after one request', async t => {
  const lane = await openLane(t)
  const token = lane.sidecar.token('acme', 'member')
  const old = (target: string) => `GET ${target} HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const { forwarded } = await lane.send([old('/notes/1') + old('/notes/2')], null)
  t.same(
    forwarded.map(({ target }) => target),
    ['/notes/1'],
  )
})

t.test('close is found by our own parser, too, and in nothing else', async t => {
  for (const spelling of spellings) {
    const fields = spelling.split('\r\nConnection: ').flatMap(value => ['Connection', value])
    t.ok(asksToClose(fields), JSON.stringify(spelling))
  }
  t.ok(asksToClose(['Connection', 'close;']), 'what cannot be read closes')
  for (const value of ['keep-alive', 'closed', 'x-close', ''])
    t.notOk(asksToClose(['Connection', value]), value)
})
