/**
 * Threat 32: a target, or a field, makes the sidecar connect to a server of the client's choice.
 * Advisories: CVE-2022-35949, CVE-2022-38580
 * Defence: the upstream is the one of the configuration, connected to before any request is there (src/upstream/http-upstream.ts);
 * a target is never resolved against it, and one that could name a server to whoever does (`//evil`) is refused
 * (src/http1/target.ts).
 */
import t from 'tap'
import { startRawService } from '../support/raw-peer.ts'
import { openTargetLane, refusesAll } from '../support/target-lane.ts'

t.test('nothing that a client sends has the sidecar connect to another server', async t => {
  const canary = await startRawService(t)
  const lane = await openTargetLane(t)
  const { port, origin } = canary
  const place = `127.0.0.1:${port}`
  await refusesAll(t, lane, {
    [`//${place}/public/a`]: 'target-empty-segment',
    [`///${place}/public/a`]: 'target-empty-segment',
    [`/\\${place}/public/a`]: 'target-character',
    [`/%2f${place}/public/a`]: 'target-empty-segment',
    [`/%5c${place}/public/a`]: 'target-empty-segment',
    [`${origin}/public/a`]: 'target-form',
    [`/public/http:%2f%2f${place}`]: 'target-empty-segment',
  })
  const targets = [
    `\\\\${place}/public/a`,
    `http:${place}/public/a`,
    `@${place}/public/a`,
    `:${port}/public/a`,
    `.${place}/public/a`,
    place,
    `/@${place}/public/a`,
    `/public/@${place}`,
    `/public/${place}`,
    `/public/a?url=${origin}`,
    `/files/${origin}`,
    `/files/a%2f%2f${place}/a`,
    `/files//${place}/a`,
    `/plain/a@${place}:80`,
  ]
  for (const target of targets) {
    const { status } = await lane.ask(target)
    t.ok(status === 200 || (status >= 400 && status < 500), `${target} ${status}`)
  }
  for (const name of [
    'X-Forwarded-Host',
    'X-Host',
    'X-HTTP-Host-Override',
    'Forwarded',
    'X-Original-Host',
    'Proxy',
  ])
    t.equal((await lane.ask('/public/a', { fields: `${name}: ${place}\r\n` })).status, 200, name)
  t.equal((await lane.ask(place, { method: 'CONNECT' })).status, 405)
  t.equal(canary.count(), 0)

  for (const target of lane.sent()) t.notMatch(target, /^(\/[\\/]|[^/])/, 'what is sent names no server')
})
