import t from 'tap'
import { connectionLines } from '../hostile/headers/connection-lines.ts'
import { openDesk } from '../hostile/headers/deliver.ts'
import { faultsOf } from '../hostile/headers/faults.ts'

/**
 * Threat 38: the client's Connection names a field of ours away.
 * Advisories: CVE-2026-33805, CVE-2024-45410, CVE-2026-29054, CVE-2025-48865, GHSA-w9mr-28mw-j8hg
 * Defence: what Connection lists is taken out of the client's fields before any of ours is added
 * (src/proxy/stages/01-receive.ts), and the proof comes last (src/proxy/stages/08-forward.ts); a Connection that names
 * what frames, routes or authenticates is refused (src/http1/hop-by-hop.ts).
 */

t.test('no Connection line takes a field of ours away', async t => {
  const desk = await openDesk(t)
  const delivered = await desk.deliver(connectionLines)
  t.ok(connectionLines.length >= 80)
  t.same(delivered.flatMap(faultsOf), [])
  t.ok(delivered.filter(({ request }) => request !== null).length >= 80)
})

t.test('a Connection that names what no honest client would is refused', async t => {
  const desk = await openDesk(t)
  const names =
    'Host Content-Length Content-Type Content-Encoding Authorization Cookie Expect Range content_length'
  const cases = names.split(' ').flatMap(name => [
    { name, fields: `Connection: ${name}\r\n` },
    { name: `close, ${name}`, fields: `Connection: close\r\nConnection: x,\t${name.toUpperCase()}\r\n` },
  ])
  for (const { tried, answer, request } of await desk.deliver(cases)) {
    t.equal(request, null, tried.name)
    t.match(answer, /^HTTP\/1\.1 400 .*"code":"REQUEST_MALFORMED"/s, tried.name)
  }
})
