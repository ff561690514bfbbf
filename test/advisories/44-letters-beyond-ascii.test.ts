import t from 'tap'
import { escaped } from '../../src/lib/escaped.ts'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { startRecorder } from '../support/recorder.ts'
import { sidecarRoutes, startSidecar } from '../support/sidecar.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 44: bytes beyond ASCII are read in two ways, and one of them is another identity.
 * Advisories: CVE-2023-27488
 * Defence: no value of a field but Cookie holds them (src/http1/framing.ts); a tenant is named by a plain word, compared
 * as it is (src/http1/plain-word.ts, src/token/claims-check.ts, src/access/tenant-reference.ts), and only plain words are
 * proven (src/signing/prover.ts). Answers keep their bytes (src/upstream/delivery.ts).
 */

const lookAlikes: readonly string[] = [
  '\uff41cme', // full-width a
  '\u0430cme', // Cyrillic a
  'a\u0441me', // Cyrillic es
  'acm\u0435', // Cyrillic ie
  '\u00aacme', // feminine ordinal, which NFKC makes an a
  'acme\u0301',
  'acme\u0085',
  'acme\u00a0',
  'acme\u00ad',
  'acme\u200b',
  'acme\u2028',
  'acme\ufeff',
  '\ufeffacme',
  'acme\u0000',
  'acme\t',
  ' acme',
  'ACME',
  'Acme',
  'acme.',
  'acme\ud800',
]

const routes = `${sidecarRoutes}
  - match: GET /search
    permission: notes:read
    isolation: assertion
    selectors: { tenant: ["query:tenant"] }`

t.test('no look-alike of a tenant is that tenant, wherever it is named', async t => {
  const { sidecar, recorder } = await openDesk(t, { routes })
  const without = sidecar.token('acme', 'member', { tenant: undefined })
  const get = (target: string, token: string, field = '') =>
    exchange(
      sidecar.port,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n${field}Connection: close\r\n\r\n`,
    )
  t.match(await get('/notes', without, 'X-Tenant-ID: acme\r\n'), /^HTTP\/1\.1 200 /)
  t.match(await get('/tenants/acme/notes', without), /^HTTP\/1\.1 200 /)
  t.match(await get('/search?tenant=acme', without), /^HTTP\/1\.1 200 /)
  const honest = recorder.requests().length
  for (const name of lookAlikes) {
    const utf8 = Buffer.from(name).toString('latin1')
    const percent = [...Buffer.from(name)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
    const latin1 = [...name].map(c => `%${(c.charCodeAt(0) & 255).toString(16).padStart(2, '0')}`).join('')
    const tried = [
      get('/notes', sidecar.token('acme', 'member', { tenant: name })),
      get('/notes', sidecar.token('acme', 'member', { sub: `member@${name}` })),
      get(`/tenants/${percent}/notes`, without),
      get(`/search?tenant=${percent}`, without),
      // A blank before or behind a value is none of it (RFC 9110 §5.5), and a byte of Latin-1 may be an honest letter.
      ...(name.trim() === name ? [get('/notes', without, `X-Tenant-ID: ${utf8}\r\n`)] : []),
      ...(/[\u0100-\uffff]/.test(name) && !/\ufeff|\ud800/.test(name)
        ? [get(`/tenants/${latin1}/notes`, without)]
        : []),
    ]
    for (const answer of await Promise.all(tried))
      t.match(answer, /^HTTP\/1\.1 40[0134] .*"code":"[A-Z_]+"/s, escaped(name))
  }
  t.equal(recorder.requests().length, honest, 'nothing went on')
})

t.test('a byte beyond ASCII is in no field that reaches the service but Cookie', async t => {
  const desk = await openDesk(t)
  const bytes = [
    '\x80',
    '\x85',
    '\xa0',
    '\xad',
    '\xe9',
    '\xff',
    '\xc3\xa9',
    '\xef\xbb\xbf',
    '\xed\xa0\x80',
    '\xc0\xaf',
  ]
  const fields = ['X-A', 'User-Agent', 'Referer', 'Content-Type', 'X-Request-ID', 'Accept', 'tracestate']
  const cases = fields.flatMap(field =>
    bytes.map(byte => ({ name: field, fields: `${field}: a${byte}b\r\n` })),
  )
  for (const { tried, answer, request } of await desk.deliver(cases)) {
    t.equal(request, null, escaped(tried.fields))
    t.match(answer, /^HTTP\/1\.1 400 /, escaped(tried.fields))
  }
  const cookies = bytes.map(byte => ({ name: 'cookie', fields: `Cookie: a=${byte}\r\n` }))
  for (const { tried, request } of await desk.deliver(cookies))
    t.same(valuesOf(request!, 'cookie'), [tried.fields.slice(8, -2)], escaped(tried.fields))
})

t.test('an answer keeps its bytes, one for one', async t => {
  const fields = 'X-Latin: caf\xe9\r\nX-Utf8: caf\xc3\xa9\r\nX-Odd: \x80\xff\r\n'
  const recorder = await startRecorder(t, {
    answer: () => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`,
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  t.match(
    await exchange(sidecar.port, 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    fields,
  )
})
