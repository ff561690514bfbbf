import type { Test } from 'tap'
import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { claimsOf, startSidecar } from '../support/sidecar.ts'
import { makeKey, signToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'

/**
 * Threat 79: a limit is counted by what the client claims to be, so that a new claim is a new budget.
 * Advisories: CVE-2026-29794, CVE-2026-24000, GO-2024-2917
 * Defence: an address is the socket's, or what the outermost trusted hop wrote (src/http1/client-address.ts); it counts
 * whole in IPv4, however it is spelled, and by its /64 in IPv6 (src/limit/address-key.ts); strangers together have a
 * share too (src/limit/address-share.ts). It is charged before cryptography (src/proxy/stages/03-authenticate.ts) and for
 * public routes (src/proxy/stages/06-throttle.ts). Limits of a tenant know no address at all.
 */

const forger = makeKey('k1')
const budget = 2

async function start(t: Test, trustedHops: number) {
  const recorder = await startRecorder(t)
  const bounds = `bounds: { unprovenPerAddressPerSecond: ${budget / 2}, pipelined: 1000, trustedHops: ${trustedHops} }`
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  return { recorder, sidecar }
}

/** Sends all heads on one connection; what one second brings comes on top of any budget. */
async function sendAll(sidecar: Sidecar, heads: readonly string[]) {
  const startedMs = performance.now()
  const client = await sidecar.connect()
  client.send(heads.map(head => `${head}\r\n\r\n`).join(''))
  await until('all are answered', () => answersIn(client.received()).length >= heads.length)
  const received = client.received()
  client.hangUp()
  const gained = (Math.ceil((performance.now() - startedMs) / 1000) * budget) / 2
  return { answers: answersIn(received), received, atMost: budget + gained }
}

/** The next answer begins where the body of the one before ends, in the middle of a line. */
function answersIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1]))
}

function forged(sidecar: Sidecar): string {
  return signToken(forger, claimsOf(sidecar.issuer, 'acme', 'owner'))
}

const claims = [
  'X-Forwarded-For',
  'x_forwarded_for',
  'X-Real-IP',
  'Forwarded',
  'True-Client-IP',
  'CF-Connecting-IP',
  'X-Client-IP',
  'X-Forwarded-Host',
]

t.test('a claimed address is no new budget, for tokens as for public routes', async t => {
  const { sidecar, recorder } = await start(t, 0)
  const token = forged(sidecar)
  const rotated = claims.flatMap(name => [
    `${name}: 192.0.2.1`,
    `${name}: for=192.0.2.2`,
    `${name}: 2001:db8::1`,
  ])
  const heads = rotated.map(
    claim => `GET /notes HTTP/1.1\r\nHost: a\r\n${claim}\r\nAuthorization: Bearer ${token}`,
  )
  const tokens = await sendAll(sidecar, heads)
  t.ok(tokens.answers.filter(status => status === 401).length <= tokens.atMost, `${tokens.answers}`)
  t.equal(tokens.answers.filter(status => status === 401 || status === 429).length, heads.length)
  t.match(tokens.received, /"code":"ADDRESS_LIMITED"/)
  t.match(tokens.received, /^Retry-After: 1\r$/m)
  const open = await sendAll(
    sidecar,
    rotated.map(claim => `GET /health HTTP/1.1\r\nHost: a\r\n${claim}`),
  )
  t.ok(open.answers.filter(status => status === 200).length <= open.atMost, `${open.answers}`)
  t.equal(recorder.requests().length, open.answers.filter(status => status === 200).length)
  const refused = [...tokens.answers, ...open.answers].filter(status => status === 429).length
  t.equal(await sidecar.metric('postern_refusals_total{code="ADDRESS_LIMITED",mode="enforce"}'), refused)
  t.equal(await sidecar.metric('postern_addresses_held{standing="stranger"}'), 1)
})

t.test('a client of a trusted hop has a budget of its own, and no more by claims before it', async t => {
  const { sidecar } = await start(t, 1)
  const token = forged(sidecar)
  const clients = ['192.0.2.1', '192.0.2.2', '2001:db8:0:1::1', '2001:db8:0:2::1']
  for (const client of clients) {
    const heads = Array.from({ length: 20 }, (_, index) => {
      // Whatever the client wrote stands before what the hop adds, or in a field that the hop does not know.
      const fields = `X-Forwarded-For: 198.51.100.${index}, ${spelled(client, index)}\r\nx_forwarded_for: 203.0.113.${index}`
      return `GET /notes HTTP/1.1\r\nHost: a\r\n${fields}\r\nAuthorization: Bearer ${token}`
    })
    const { answers, atMost } = await sendAll(sidecar, heads)
    const judged = answers.filter(status => status === 401).length
    t.ok(judged >= budget && judged <= atMost, `${client}: ${answers}`)
  }
  t.equal(await sidecar.metric('postern_addresses_held{standing="stranger"}'), clients.length)
})

/** The same address in another spelling, or another one of the same /64. */
function spelled(client: string, index: number): string {
  if (client.includes(':')) return client.replace(/::1$/, `::${index.toString(16)}`)
  return [client, `::ffff:${client}`, `::FFFF:${client}`, `${client}:4${index}`][index % 4]!
}

t.test(
  'whose token is remembered is served while the address has nothing left, and anyone else is not',
  async t => {
    const { sidecar, recorder } = await start(t, 0)
    const head = (token: string) => `GET /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}`
    const known = head(sidecar.token('acme', 'member'))
    t.same((await sendAll(sidecar, [known])).answers, [200])
    const bad = head(forged(sidecar))
    const flood = [...Array(30).fill(bad), ...Array(5).fill(known), head(sidecar.token('acme', 'admin'))]
    const { answers } = await sendAll(sidecar, flood)
    t.same(answers.slice(30), [200, 200, 200, 200, 200, 429])
    t.equal(recorder.requests().length, 6, 'a good token that is refused is not judged at all')
    t.equal(await sidecar.metric('postern_addresses_held{standing="proven"}'), 1)
  },
)
