import t from 'tap'
import { escaped } from '../../src/lib/escaped.ts'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'
import type { accessDocument } from '../support/access.ts'
import { startRecorder } from '../support/recorder.ts'
import { claimsOf, startSidecar } from '../support/sidecar.ts'
import { signToken } from '../support/tokens.ts'
import { switchingAnswer, upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 43: a line break in a claim, in what the control plane says, in an answer of the service or in a target writes a
 * field or an answer of its own.
 * Advisories: CVE-2023-27493, CVE-2026-55603, CVE-2026-1527
 * Defence: claims that are read are visible ASCII (src/token/claims-check.ts); only plain words are proven
 * (src/signing/prover.ts); what a service answers is parsed strictly and written anew (src/upstream/delivery.ts,
 * src/proxy/reply.ts), what cannot be written is a 502; no answer of ours holds anything of a target.
 */

const injected = 'X-Injected: 1'
const breaks = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\x0b',
  '\x85',
  '\u2028',
  '\u2029',
  '\ud800',
  '\x7f',
  '%0d%0a',
  '\\r\\n',
]

t.test('claims cannot write a field', async t => {
  const { sidecar, recorder } = await openDesk(t)
  let accepted = 0
  for (const between of breaks) {
    for (const claim of ['sub', 'tenant', 'sid', 'iss', 'aud', 'jti', 'name', 'roles', 'email']) {
      const honest = claimsOf(sidecar.issuer, 'acme', 'member')
      const token = signToken(sidecar.key, { ...honest, [claim]: `acme${between}${injected}` })
      const answer = await exchange(
        sidecar.port,
        `GET /whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
      if (answer.startsWith('HTTP/1.1 200')) accepted += 1
      else t.match(answer, /^HTTP\/1\.1 401 /, `${claim} ${escaped(between)}`)
      t.notMatch(answer, /injected/i)
    }
  }
  const requests = recorder.requests()
  t.equal(requests.length, accepted)
  t.ok(accepted > 0, 'claims that nobody reads are no reason to refuse')
  for (const request of requests)
    t.same(faultsOf({ tried: { name: 'claims', fields: '' }, answer: '', request }), [])
  t.notMatch(recorder.bytes(), /injected/i)
})

const told = breaks.slice(0, 9).map(between => `pro${between}${injected}`)
const documents: readonly Parameters<typeof accessDocument>[0][] = [
  ...['guest,owner', 'workspace:owner', ...told].map(role => ({ role })),
  ...told.map(plan => ({ tenant: { plan } })),
  ...told.map(id => ({ tenant: { id } })),
]

t.test('what the control plane says of tenant, roles and plan cannot either', async t => {
  const { sidecar, recorder } = await openDesk(t, {
    control: honest => ({
      load: async asked => {
        const document = (await honest.load({ ...asked, subject: 'member@acme' }))!
        const { tenant, ...more } = documents[Number(asked.subject)]!
        const principal = { ...document.principal, subject: asked.subject }
        return { ...document, principal, ...more, tenant: { ...document.tenant, ...tenant } }
      },
    }),
  })
  for (const number of documents.keys()) {
    const token = sidecar.token('acme', 'member', { sub: String(number) })
    const answer = await exchange(
      sidecar.port,
      `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    t.match(answer, /^HTTP\/1\.1 500 .*"code":"INTERNAL"/s, String(number))
    t.notMatch(answer, /injected/i)
  }
  t.same(recorder.requests(), [])
})

const answers: readonly string[] = [
  ...['\r', '\n', '\0', '\x0b', '\x7f', '\r\n ', '\r\n\t', '\n ', '\r\r\n'].map(
    between => `HTTP/1.1 200 OK\r\nX-A: a${between}${injected}\r\nContent-Length: 2\r\n\r\nok`,
  ),
  `HTTP/1.1 200 OK\r\nX A: a\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\r\nX-A : a\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\r\nX-A\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\r\nX-\xe9: a\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 O\rK ${injected}\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\n${injected}\n\nok`,
  `HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 103 Early\r\nLink: a\r${injected}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: a\r${injected}\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n${injected}\r\nContent-Length: 0\r\n\r\n`,
]

t.test('a service cannot write a field, or a second answer, into its answer', async t => {
  for (const bytes of answers) {
    const recorder = await startRecorder(t, { answer: () => bytes })
    const sidecar = await startSidecar(t, { origin: recorder.origin })
    const received = await exchange(
      sidecar.port,
      'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    const shown = escaped(bytes)
    t.match(received, /^HTTP\/1\.1 (200|502) /m, shown)
    t.same(
      linesOf(received).filter(line => line.startsWith('X-Injected')),
      [],
      shown,
    )
    t.equal(received.match(/HTTP\/1\.1 [2-5]/g)?.length, 1, shown)
  }
})

t.test('nor into the head of a switch of protocols', async t => {
  for (const between of ['\r', '\n', '\0', '\r\n ', '\x7f']) {
    const recorder = await startRecorder(t, {
      answer: ({ fields }) =>
        switchingAnswer(
          fields.map(field => field.join(': ')).join('\r\n'),
          `X-A: a${between}${injected}\r\n`,
        ),
    })
    const sidecar = await startSidecar(t, { origin: recorder.origin })
    const token = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
    const received = await exchange(sidecar.port, upgradeRequest('/socket', token))
    t.match(received, /^HTTP\/1\.1 (101|502) /, escaped(between))
    t.same(
      linesOf(received).filter(line => line.startsWith('X-Injected')),
      [],
      escaped(between),
    )
  }
})

/** As the most lenient reader parts them. */
function linesOf(received: string): string[] {
  return [...received]
    .map(character => (character < ' ' || character === '\u007f' ? '\n' : character))
    .join('')
    .split('\n')
}

t.test('where a service sends a client is its own affair, and comes through unchanged', async t => {
  const location = '//elsewhere.example/%0d%0aX-Injected:%201?a=b#c'
  const recorder = await startRecorder(t, {
    answer: () =>
      `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n`,
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const received = await exchange(
    sidecar.port,
    'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  t.match(received, `\r\nLocation: ${location}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n`)
})

const mark = 'rEfLeCtEd'
const reflecting: readonly string[] = [
  `GET /${mark} HTTP/1.1\r\nHost: a`,
  `GET /${mark}/ HTTP/1.1\r\nHost: a`,
  `GET /%0d%0a${mark} HTTP/1.1\r\nHost: a`,
  `GET //${mark} HTTP/1.1\r\nHost: a`,
  `GET http://${mark}/ HTTP/1.1\r\nHost: a`,
  `GET /..%2f${mark} HTTP/1.1\r\nHost: a`,
  `GET /notes?${mark}#${mark} HTTP/1.1\r\nHost: a`,
  `GET /notes?${mark} HTTP/1.1\r\nHost: ${mark}`,
  `GET /tenants/${mark}/notes HTTP/1.1\r\nHost: a`,
  `${mark.toUpperCase()} /notes HTTP/1.1\r\nHost: ${mark}`,
  `PATCH /health HTTP/1.1\r\nHost: ${mark}\r\nX-HTTP-Method-Override: ${mark}`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nX-Request-ID: <${mark}>`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: ${mark},`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: ${mark}`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nOrigin: https://${mark}.example`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nExpect: ${mark}`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nConnection: "${mark}"`,
  `GET /notes HTTP/1.1\r\nHost: a\r\nUpgrade: ${mark}\r\nConnection: upgrade`,
  `GET /notes HTTP/1.1\r\nHost: a\r\n${mark}`,
  `GET /notes HTTP/${mark}\r\nHost: a`,
]

t.test('no refusal holds anything that came with the request, but for a harmless request id', async t => {
  const { sidecar } = await openDesk(t)
  for (const head of reflecting) {
    for (const token of ['', `\r\nAuthorization: Bearer ${mark}`]) {
      const received = await exchange(sidecar.port, `${head}${token}\r\n\r\n`)
      t.match(received, /^HTTP\/1\.1 [45]/, head)
      t.notMatch(received, new RegExp(mark, 'i'), head)
    }
  }
})
