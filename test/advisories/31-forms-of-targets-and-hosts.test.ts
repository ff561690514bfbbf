/**
 * Threat 31: a target in absolute form, or a Host that comes twice or does not fit it, names one place here and another there.
 * Advisories: none
 * Defence: a target begins with a slash (splitTarget in src/http1/target.ts). There is one Host, which is one authority (judge in
 * src/http1/framing.ts, src/http1/authority.ts), and what is sent on is the service's own.
 */
import t from 'tap'
import { valuesOf } from '../support/strict-http.ts'
import type { TargetLane } from '../support/target-lane.ts'
import { openTargetLane, refusesAll } from '../support/target-lane.ts'

t.test('no other form of a target is taken', async t => {
  const lane = await openTargetLane(t)
  await refusesAll(t, lane, {
    'http://a/public/a': 'target-form',
    'http://a/private': 'target-form',
    'HTTP://A/public/a': 'target-form',
    'https://a/public/a': 'target-form',
    'http://evil.example/public/a': 'target-form',
    'http://user@a/public/a': 'target-form',
    'ftp://a/public/a': 'target-form',
    'http:/public/a': 'REQUEST_MALFORMED',
    'a:80': 'REQUEST_MALFORMED',
    'public/a': 'REQUEST_MALFORMED',
    '*': 'target-form',
    's://]ufd/:': 'target-form',
  })
  t.equal((await lane.ask('*', { method: 'OPTIONS' })).code, 'TARGET_MALFORMED')
  t.equal((await lane.ask('a:443', { method: 'CONNECT' })).code, 'METHOD_UNKNOWN')
  t.same(lane.sent(), [])
})

t.test('there is one Host, and it is one authority', async t => {
  const lane = await openTargetLane(t)
  const bad = [
    '',
    'Host: a\r\nHost: b\r\n',
    'Host: a\r\nHost: a\r\n',
    'Host: a\r\nhost: b\r\n',
    'Host: a\r\nHost:\r\n',
    'Host:\r\n',
    'Host: \r\n',
    'Host: a, b\r\n',
    'Host: a b\r\n',
    'Host: a/b\r\n',
    'Host: a#b\r\n',
    'Host: a?b\r\n',
    'Host: b@a\r\n',
    'Host: http://a\r\n',
    'Host: a:\r\n',
    'Host: a:x\r\n',
    'Host: a:65536\r\n',
    'Host: a:80:80\r\n',
    'Host: [::1\r\n',
    'Host: ::1\r\n',
    'Host: a%2eb\r\n',
    'Host: \xe4\r\n',
    'Host : a\r\n',
    ' Host: a\r\n',
    'Host: a\r\nH\xf6st: b\r\n',
  ]
  for (const host of bad) t.match(await askWith(lane, host), /^HTTP\/1\.1 400 /, JSON.stringify(host))
  t.same(lane.sent(), [])
})

t.test('whatever Host a client names, the service gets its own', async t => {
  const lane = await openTargetLane(t)
  for (const host of ['a', 'evil.example:443', '[::1]:80', '127.0.0.1'])
    t.match(await askWith(lane, `Host: ${host}\r\n`), /^HTTP\/1\.1 200 /, host)
  const own = new Set(lane.recorder.requests().map(request => valuesOf(request, 'host').join()))
  t.same([...own], [new URL(lane.recorder.origin).host])
})

async function askWith({ sidecar }: TargetLane, host: string): Promise<string> {
  const client = await sidecar.connect()
  const token = sidecar.token('acme', 'owner')
  client.send(`GET /public/a HTTP/1.1\r\n${host}Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
  return await client.closed()
}
