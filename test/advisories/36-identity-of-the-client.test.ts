import t from 'tap'
import { openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'
import { identityNames } from '../hostile/headers/identity.ts'
import { spoofed } from '../hostile/headers/spellings.ts'
import { valuesOf } from '../support/strict-http.ts'

/**
 * Threat 36: a field that tells who asks comes from the client, and survives.
 * Advisories: CVE-2026-30851, CVE-2026-39998, CVE-2026-44087
 * Defence: every name in the reserved prefix, every alias and every selector is stripped (src/http1/reserved.ts) before
 * the proof is added; a field of one of its names that is left all the same is our fault and goes nowhere
 * (src/proxy/stages/08-forward.ts).
 */

const names = [...identityNames, 'X-QLP-Break-Glass', 'X-QLP-', 'X_Workspace_ID', 'X_Access_Version'].filter(
  name => name !== 'X-Tenant-ID',
)
const all = names.map(name => `${name}: ${spoofed}\r\n`).join('')

t.test('the service gets one field of each kind, ours, whatever the request is', async t => {
  const desk = await openDesk(t)
  const twice = names.map(name => ({ name, fields: `${name}: 1\r\n${name.toLowerCase()}:\r\n` }))
  const once = names.map(name => ({ name, fields: `${name}: ${spoofed}\r\n` }))
  for (const line of ['GET /whoami HTTP/1.1', 'GET /notes/1 HTTP/1.1', 'GET /whoami HTTP/1.0']) {
    const delivered = await desk.deliver([...once, ...twice], line)
    t.same(delivered.flatMap(faultsOf), [], line)
    t.ok(delivered.filter(({ request }) => request !== null).length >= once.length, line)
  }
  const [upload] = await desk.deliver(
    [{ name: 'upload', fields: `${all}Content-Length: 0\r\n` }],
    'POST /notes HTTP/1.1',
  )
  t.ok(upload!.request)
  t.same(faultsOf(upload!), [])
})

t.test('an upgrade is no way around it', async t => {
  const desk = await openDesk(t)
  const fields = `${all}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`
  await desk.deliver([{ name: 'upgrade', fields }], 'GET /socket HTTP/1.1')
  const [request] = desk.recorder.requests()
  t.ok(request)
  t.same(faultsOf({ tried: { name: 'upgrade', fields }, answer: '', request: request! }), [])
})

t.test('where nobody was identified, the service is told of nobody', async t => {
  const desk = await openDesk(t)
  const [seen] = await desk.deliver(
    [{ name: 'public', fields: `${all}X-Tenant-ID: globex\r\n` }],
    'GET /health HTTP/1.1',
  )
  t.ok(seen!.request)
  for (const name of [...names, 'X-Tenant-ID']) t.same(valuesOf(seen!.request!, name), [], name)
})
