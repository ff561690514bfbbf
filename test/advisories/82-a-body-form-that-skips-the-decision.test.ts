import type { Test } from 'tap'
import t from 'tap'
import { statuses } from '../support/front.ts'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { claimsOf, startSidecar } from '../support/sidecar.ts'
import { makeKey, signToken } from '../support/tokens.ts'

/**
 * Threat 82: a body of an unexpected form, or one that is too large, takes the request past the decision.
 * Advisories: CVE-2026-50197, GHSA-8qqm-fp2q-v734
 * Defence: the decision is made of the head alone, before a byte of the body is read, and nothing is forwarded without it
 * (src/proxy/pipeline.ts); the body is counted while it streams (src/proxy/measured-body.ts).
 */

const cap = 100
const small = 'x'.repeat(20)
const large = 'x'.repeat(cap + 1)

/** What follows the other fields; the body is as long as the route takes unless it says otherwise. */
const bodies: Readonly<Record<string, string>> = {
  none: '\r\n',
  'Content-Length: 0': 'Content-Length: 0\r\n\r\n',
  'Content-Length': `Content-Length: 20\r\n\r\n${small}`,
  chunked: `Transfer-Encoding: chunked\r\n\r\n14\r\n${small}\r\n0\r\n\r\n`,
  'chunked, byte by byte': `Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20)}0\r\n\r\n`,
  'chunked and empty': 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'chunked with trailers': `Transfer-Encoding: chunked\r\n\r\n14\r\n${small}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`,
  'expected, then sent': `Expect: 100-continue\r\nContent-Length: 20\r\n\r\n${small}`,
  'only the head yet': 'Content-Length: 20\r\n\r\n',
  'only the head of chunks yet': 'Transfer-Encoding: chunked\r\n\r\n',
  'coded content': `Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n${small}`,
  'a form': `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\naccess_token`,
}

const tooLarge: Readonly<Record<string, string>> = {
  'Content-Length over the cap': `Content-Length: ${large.length}\r\n\r\n${large}`,
  'chunked over the cap': `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
  'expected over the cap': `Expect: 100-continue\r\nContent-Length: ${large.length}\r\n\r\n`,
}

/** Who asks, and the status that they get whatever they send. */
function callers(sidecar: Sidecar): (readonly [who: string, fields: string, status: number])[] {
  const bearer = (token: string) => `Authorization: Bearer ${token}\r\n`
  const forged = signToken(makeKey('k1'), claimsOf(sidecar.issuer, 'acme', 'owner'))
  return [
    ['nobody', '', 401],
    ['a forger', bearer(forged), 401],
    ['a guest', bearer(sidecar.token('acme', 'guest')), 403],
    ['a member of another tenant', `${bearer(sidecar.token('globex', 'owner'))}X-Tenant-ID: acme\r\n`, 403],
  ]
}

async function start(t: Test) {
  const recorder = await startRecorder(t)
  const bounds = `bounds: { bodyBytes: ${cap}, lingerMs: 50 }`
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const ask = async (method: string, fields: string, body: string) => {
    const client = await sidecar.connect()
    client.send(`${method} /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}${body}`)
    return client
  }
  return { recorder, sidecar, ask }
}

t.test('the same is decided whatever form the body has, and nothing of a refused one is sent on', async t => {
  const { recorder, sidecar, ask } = await start(t)
  for (const [who, fields, status] of callers(sidecar)) {
    for (const [form, body] of Object.entries({ ...bodies, ...tooLarge })) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const client = await ask(method, fields, body)
        const answered = statuses(await client.closed())
        const expected = form in tooLarge && !form.startsWith('chunked') ? 413 : status
        t.same(answered, [expected], `${who}, ${method}, ${form}`)
      }
    }
  }
  t.equal(recorder.connections.length, 0, 'the service heard of none of them')
})

t.test('who may is let through with every form, and with none that is too large', async t => {
  const { recorder, sidecar, ask } = await start(t)
  const fields = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  for (const [form, body] of Object.entries(bodies)) {
    const client = await ask('POST', fields, body)
    if (form.startsWith('only the head')) client.send(form.includes('chunks') ? '0\r\n\r\n' : small)
    t.equal(statuses(await client.closed()).at(-1), 200, form)
  }
  const through = recorder.requests().length
  t.equal(through, Object.keys(bodies).length)
  for (const [form, body] of Object.entries(tooLarge))
    t.same(statuses(await (await ask('POST', fields, body)).closed()), [413], form)
  t.equal(recorder.requests().length, through, 'half of a body is no request')
})
