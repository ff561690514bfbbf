/**
 * Threat 29: a field names another path, and either who decides or the service believes it.
 * Advisories: CVE-2026-40575, CVE-2023-27487
 * Defence: the path is that of the request line and of nothing else (src/proxy/stages/01-receive.ts); fields that claim another
 * one stay behind, in any spelling (overridingFields in src/http1/believed-fields.ts, src/http1/reserved.ts).
 */
import t from 'tap'
import { openTargetLane } from '../support/target-lane.ts'

const names = [
  ...[
    'X-Original-URL',
    'X-Original-URI',
    'X-Original-Path',
    'X-Original-Host',
    'X-Original-Uri',
    'X-Rewrite-URL',
  ],
  ...['X-Rewrite-URI', 'X-Forwarded-Uri', 'X-Forwarded-URL', 'X-Forwarded-Path', 'X-Forwarded-Prefix'],
  ...[
    'X-Envoy-Original-Path',
    'X-Envoy-Decorator-Operation',
    'X-HTTP-DestinationURL',
    'X-Script-Name',
    'Script-Name',
  ],
  ...[
    'X-Accel-Redirect',
    'X-WAWS-Unencoded-URL',
    'x-original-url',
    'X-ORIGINAL-URL',
    'X_Original_URL',
    'X-Original_Url',
  ],
  ...['X.Original.Url', 'x-rewrite_url', 'X_Forwarded_Uri'],
]

t.test('a guest gets nothing private by a field that names something public', async t => {
  const lane = await openTargetLane(t)
  for (const name of names) {
    const fields = `${name}: /public/a\r\n`
    const answer = await lane.ask('/private', { user: 'guest', fields })
    t.match(answer, { status: 403, code: 'PERMISSION_MISSING' }, name)
  }
  t.same(lane.sent(), [])
})

t.test(
  'no service is told of something private by a field of somebody who may see what is public',
  async t => {
    const lane = await openTargetLane(t)
    const fields = names.map(name => `${name}: /private\r\n`).join('')
    t.equal((await lane.ask('/public/a', { user: 'guest', fields })).status, 200)
    const [request] = lane.recorder.requests()
    t.equal(request!.target, '/public/a')
    const told = request!.fields.filter(([, value]) => value.includes('/private'))
    t.same(told, [])
  },
)
