/**
 * Threat 94: an answer tells whether a tenant exists that the caller has no place in.
 * Advisories: none
 * Defence: a tenant that does not exist and one of somebody else are one refusal, CROSS_TENANT, with one body
 * (src/proxy/cross-tenant.ts, src/proxy/problem.ts), and take the same way: the same question, remembered for
 * as long (src/access/directory.ts).
 */
import t from 'tap'
import { globex } from '../support/access.ts'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { startSidecar } from '../support/sidecar.ts'

/** The whole answer, without its date. */
async function answerOf(sidecar: Sidecar, target: string, fields: string): Promise<string> {
  const client = await sidecar.connect()
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nX-Request-ID: same\r\n${fields}Connection: close\r\n\r\n`)
  return (await client.closed()).replace(/^Date: .*\r\n/im, '')
}

const unknown = [
  'nowhere',
  'glob3x',
  '0190f000-0000-7000-8000-00000000ffff',
  '00000000-0000-0000-0000-000000000000',
  'x'.repeat(64),
]
const foreign = [globex.slug, globex.id, globex.id.toUpperCase()]

t.test('an unknown tenant and a foreign one are answered with the same bytes, cold and warm', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const inClaim = (tenant: string) => [
    '/notes',
    `Authorization: Bearer ${sidecar.token('acme', 'owner', { tenant })}\r\n`,
  ]
  const own = `Authorization: Bearer ${sidecar.token('acme', 'owner')}\r\n`
  const silent = `Authorization: Bearer ${sidecar.token('acme', 'owner', { tenant: undefined })}\r\n`
  const ways: { readonly [name: string]: (tenant: string) => readonly string[] } = {
    'the claim': inClaim,
    'the path': tenant => [`/tenants/${tenant}/notes`, own],
    'the path alone': tenant => [`/tenants/${tenant}/notes`, silent],
    'the header': tenant => ['/notes', `${own}X-Tenant-ID: ${tenant}\r\n`],
    'the header alone': tenant => ['/notes', `${silent}X-Tenant-ID: ${tenant}\r\n`],
  }
  for (const [way, made] of Object.entries(ways)) {
    const answers = new Set<string>()
    for (const round of ['cold', 'warm']) {
      for (const tenant of [
        ...foreign,
        ...unknown.filter(name => way !== 'the claim' || name.length <= 64),
      ]) {
        const [target, fields] = made(tenant) as [string, string]
        const answer = await answerOf(sidecar, target, fields)
        t.match(answer, /^HTTP\/1.1 403 .*"code":"CROSS_TENANT"/s, `${tenant} in ${way}, ${round}`)
        answers.add(answer)
      }
    }
    t.equal(answers.size, 1, `${way} tells nothing`)
  }
  t.same(recorder.requests(), [])
})
