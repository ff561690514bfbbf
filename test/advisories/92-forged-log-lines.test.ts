import type { Test } from 'tap'
import t from 'tap'
import { escaped } from '../../src/lib/escaped.ts'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { claimsOf, sidecarRoutes } from '../support/sidecar.ts'
import { signToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'

/**
 * Threat 92: what a client sends forges a line of the log, breaks one, or speaks to the terminal that shows it.
 * Advisories: CVE-2024-45808, CVE-2025-25294
 * Defence: a line holds the route's template instead of the target and no header (src/proxy/access-line.ts), what broke a
 * rule escaped and cut (src/lib/escaped.ts), and is one JSON object in printable ASCII of bounded length, whatever it is
 * given (src/telemetry/log-line.ts).
 */

const forged = '{"level":"info","msg":"forged","forged":true}'
const texts: readonly string[] = [
  `\r\n${forged}\r\n`,
  `\n${forged}\n`,
  `\r${forged}`,
  `"}\n${forged}`,
  `","forged":true,"a":"`,
  `\\","forged":true,"a":"`,
  '\u001b[2J\u001b[31mforged',
  '\u009b2Jforged',
  '\u001b]0;forged\u0007',
  '\b\b\b\bforged',
  '\u0000forged',
  '\u0085forged',
  '\u2028forged\u2029',
  '\u202eforged',
  '\u2066forged',
  '\ufeffforged',
  '\ud800forged',
  '\udc00',
  '%0d%0aforged',
  '\\r\\nforged',
  '\\u000aforged',
  '\x24{jndi:ldap://forged}',
  '<script>forged</script>',
  'forged'.repeat(300),
]

/** Latin-1, as bytes; the percent-encoded form of it, and that of its UTF-8. */
const bytesOf = (text: string) => Buffer.from(text).toString('latin1')
const percentOf = (text: string) =>
  [...Buffer.from(text)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')

/** Where a client can put a text, apart from its token. */
const places: readonly ((text: string) => string)[] = [
  text => `GET /${bytesOf(text)} HTTP/1.1\r\nHost: a`,
  text => `GET /${percentOf(text)} HTTP/1.1\r\nHost: a`,
  text => `GET /tenants/${percentOf(text)}/notes HTTP/1.1\r\nHost: a`,
  text => `GET /notes?a=${bytesOf(text)} HTTP/1.1\r\nHost: a`,
  text => `${bytesOf(text)} /notes HTTP/1.1\r\nHost: a`,
  text => `GET /notes ${bytesOf(text)}\r\nHost: a`,
  text => `GET /notes HTTP/1.1\r\nHost: ${bytesOf(text)}`,
  ...[
    'User-Agent',
    'X-Request-ID',
    'traceparent',
    'X-Tenant-ID',
    'X-Workspace-ID',
    'X-Access-Version',
    'Connection',
    'Upgrade',
    'Expect',
    'Transfer-Encoding',
    'Content-Length',
    'Origin',
    'Sec-WebSocket-Version',
    'X-Forwarded-For',
    'Cookie',
  ].map(name => (text: string) => `GET /notes HTTP/1.1\r\nHost: a\r\n${name}: ${bytesOf(text)}`),
  text => `GET /notes HTTP/1.1\r\nHost: a\r\n${bytesOf(text)}: 1`,
  text => `GET /notes HTTP/1.1\r\nHost: a\r\nContent_Length${bytesOf(text)}: 1`,
  text => `POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${bytesOf(text)}\r\n`,
]

function assertSound(t: Test, text: string): Readonly<Record<string, unknown>>[] {
  t.match(text, /^[\n -~]*\n$/, 'printable ASCII')
  const lines = text.slice(0, -1).split('\n')
  t.ok(lines.every(line => line.length <= 16_384))
  const read = lines.map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
  t.same(
    read.filter(line => 'forged' in line || line.msg === 'forged'),
    [],
  )
  return read
}

t.test('one line a request, each one sound JSON, whatever a client puts where', async t => {
  const { sidecar } = await openDesk(t)
  const good = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\nConnection: close`
  let sent = 0
  for (const text of texts) {
    const heads = places.map((place, index) =>
      index % 2 === sent % 2 ? place(text) : place(text).replace('Host: a', `Host: a\r\n${good}`),
    )
    const answers = await Promise.all(heads.map(head => exchange(sidecar.port, `${head}\r\n\r\n`)))
    sent += heads.length
    t.ok(
      answers.every(answer => answer.startsWith('HTTP/1.1 ')),
      escaped(text),
    )
  }
  await exchange(
    sidecar.port,
    'GET /health HTTP/1.1\r\nHost: a\r\nX-Request-ID: last\r\nConnection: close\r\n\r\n',
  )
  await until('the last one is in the log', () => sidecar.log().some(line => line.request_id === 'last'))
  const lines = assertSound(t, sidecar.logText())
  t.ok(lines.filter(line => line.msg === 'request' || 'reason' in line).length >= sent)
  const routes = new Set(sidecarRoutes.match(/\/\S*/g))
  t.ok(
    lines.every(({ route }) => typeof route !== 'string' || routes.has(route)),
    'templates, never targets',
  )
  t.equal(new Set(lines.map(line => line.request_id)).size >= sent, true, 'no line stands for two')
})

t.test('nor whatever an identity provider puts into a token', async t => {
  const { sidecar } = await openDesk(t)
  for (const text of texts) {
    for (const claim of ['sub', 'tenant', 'sid', 'iss', 'aud', 'azp', 'jti']) {
      const honest = claimsOf(sidecar.issuer, 'acme', 'member')
      for (const header of [{}, { kid: text, typ: text }, { alg: text, [text]: 1 }]) {
        const token = signToken(sidecar.key, { ...honest, [claim]: text }, header)
        if (token.length > 8000) continue
        await exchange(
          sidecar.port,
          `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
        )
        if (claim !== 'sub') break
      }
    }
  }
  assertSound(t, sidecar.logText())
})

t.test('nor whatever the control plane calls a tenant', async t => {
  const slugs = [...texts, '\u2028'.repeat(60_000), '\u{1f600}'.repeat(20_000)]
  const { sidecar } = await openDesk(t, {
    control: honest => ({
      load: async asked => {
        const document = (await honest.load({ ...asked, subject: 'member@acme', tenantRef: 'acme' }))!
        const principal = {
          ...document.principal,
          subject: asked.subject,
          userId: slugs[Number(asked.subject)]!,
        }
        const tenant = { ...document.tenant, slug: slugs[Number(asked.subject)]! }
        return { ...document, principal, tenant, permissions: [] }
      },
    }),
  })
  for (const number of slugs.keys()) {
    const token = sidecar.token('acme', 'member', { sub: String(number), tenant: tenantId })
    const answer = await exchange(
      sidecar.port,
      `GET /whoami HTTP/1.1\r\nHost: a\r\nX-Request-ID: n-${number}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    )
    t.match(answer, /^HTTP\/1\.1 (403|500|503) /)
  }
  await until('all are in the log', () =>
    sidecar.log().some(line => line.request_id === `n-${slugs.length - 1}`),
  )
  const lines = assertSound(t, sidecar.logText())
  t.ok(
    lines.some(line => line.tenant === texts[0]),
    'as it is called, escaped',
  )
  t.ok(lines.some(line => 'shortened_from' in line))
})

const tenantId = '0190a000-0000-7000-8000-00000000000a'
