import { Registry } from 'prom-client'
import t from 'tap'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { call } from '../support/caller.ts'
import { createRandom, integerBelow } from '../support/random.ts'

/**
 * Threat 93: whoever sends requests makes series of metrics, until memory or the monitoring gives in.
 * Advisories: CVE-2022-21698, CVE-2023-45142
 * Defence: a label is a route's template, a name from a table of ours or one that the configuration lists, and `other` for
 * all else (src/telemetry/bounded-label.ts, src/telemetry/request-metrics.ts).
 */

const seriesMax = 1000

function seriesIn(text: string): number {
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#')).length
}

t.test('a hundred thousand methods, statuses and tenants make no more series than a few', async t => {
  const registry = new Registry()
  const { requests, sockets, addresses } = createMetrics(registry, { tenants: ['acme'], node: false })
  const random = createRandom(93)
  const name = () => random().toString(36).slice(2)
  for (let count = 0; count < 100_000; count += 1) {
    requests.answered('/notes', name(), integerBelow(random, 1200), 'deny', name())
    requests.quotaViolated(name(), 'enforce')
    requests.brokeGlass(name())
  }
  t.ok(sockets)
  t.ok(addresses)
  const first = seriesIn(await registry.metrics())
  t.ok(first <= seriesMax, String(first))
  requests.answered('/notes', name(), 200, 'deny', name())
  t.equal(seriesIn(await registry.metrics()), first)
})

t.test('requests of a thousand kinds, through a whole sidecar, make no more than a bound', async t => {
  const { sidecar } = await openDesk(t)
  const random = createRandom(1993)
  const counted = async () => seriesIn((await call(sidecar.proxy.addresses.metrics, '/metrics')).text)
  await sendRandom(sidecar.port, sidecar.token('acme', 'member'), random, 500)
  const first = await counted()
  await sendRandom(sidecar.port, sidecar.token('acme', 'member'), random, 500)
  const second = await counted()
  t.ok(second <= seriesMax, String(second))
  t.ok(second - first < 50, `${first}, then ${second}`)
  const text = (await call(sidecar.proxy.addresses.metrics, '/metrics')).text
  t.notMatch(text, /made-up|MADEUP/)
})

async function sendRandom(port: number, token: string, random: () => number, count: number): Promise<void> {
  const word = () => `made-up-${integerBelow(random, 1_000_000_000).toString(36)}`
  const method = () =>
    `MADEUP${word()
      .slice(8)
      .replace(/[^a-z]/g, '')
      .toUpperCase()}`
  const pick = <Item>(items: readonly Item[]): Item => items[integerBelow(random, items.length)]!
  const head = () =>
    [
      `${pick(['GET', 'POST', 'PUT', 'HEAD', method()])} ${pick(['/notes', `/notes/${word()}`, `/${word()}`, `/tenants/${word()}/notes`, `/notes?${word()}`])} HTTP/1.1`,
      `Host: ${pick(['a', word(), `${word()}.example`])}`,
      ...pick([
        [],
        [`X-Tenant-ID: ${word()}`],
        [`X-Request-ID: ${word()}`],
        [`User-Agent: ${word()}`],
        [`${word()}: ${word()}`],
      ]),
      ...pick([
        [],
        [`Origin: https://${word()}.example`],
        [`Expect: ${word()}`],
        [`Upgrade: ${word()}`, 'Connection: upgrade'],
      ]),
      ...pick([
        [],
        [`Authorization: Bearer ${token}`],
        [`Authorization: Bearer ${word()}`],
        [`Authorization: ${word()}`],
      ]),
      'Connection: close',
    ].join('\r\n')
  let left = count
  const work = async () => {
    while (left > 0) {
      left -= 1
      await exchange(port, `${head()}\r\n\r\n`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
}
