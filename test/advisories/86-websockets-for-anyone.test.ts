import type { Test } from 'tap'
import t from 'tap'
import { startRawService } from '../support/raw-peer.ts'
import { startSidecar } from '../support/sidecar.ts'
import { until } from '../support/until.ts'
import { switchingAnswer, upgradeRequest } from '../support/upgrade.ts'

/**
 * Threat 86: a WebSocket passes what a request would not: without a token, from any page, in any version, without end.
 * Advisories: CVE-2024-23326
 * Defence: an upgrade runs through every stage; RFC 6455 and the Origin are judged first (src/http1/websocket.ts,
 * src/proxy/stages/02-route.ts); a tenant has only so many open (src/proxy/open-sockets.ts).
 */

async function start(t: Test, sections: Readonly<Record<string, string>> = {}) {
  const service = await startRawService(t, peer => {
    peer.socket.once('data', (head: Buffer) => peer.write(switchingAnswer(head.toString('latin1'))))
  })
  const sidecar = await startSidecar(t, { origin: service.origin, sections })
  const open = async (fields: string, more = {}) => {
    const client = await sidecar.connect()
    client.send(upgradeRequest('/socket', fields, more))
    return client
  }
  const bearer = (tenant: 'acme' | 'globex', user: 'guest' | 'member') =>
    `Authorization: Bearer ${sidecar.token(tenant, user)}\r\n`
  return { service, sidecar, open, bearer }
}

const cors = 'cors: { origins: ["https://app.example"] }'

t.test('who may not, by token, role, tenant, version, key or origin, opens none', async t => {
  const { service, open, bearer } = await start(t, { cors })
  const member = bearer('acme', 'member')
  const refused: readonly (readonly [code: string, fields: string, more?: object])[] = [
    ['401 TOKEN_MISSING', ''],
    ['401 TOKEN_MALFORMED', 'Authorization: Bearer none\r\n'],
    ['403 PERMISSION_MISSING', bearer('acme', 'guest')],
    ['403 CROSS_TENANT', `${member}X-Tenant-ID: globex\r\n`],
    ['426 UPGRADE_REQUIRED', member, { version: '8' }],
    ['426 UPGRADE_REQUIRED', member, { version: '' }],
    ['400 UPGRADE_REFUSED', member, { key: 'short' }],
    ['400 UPGRADE_REFUSED', member, { key: '' }],
    ['400 UPGRADE_REFUSED', member, { line: 'GET /socket HTTP/1.0' }],
    ['400 REQUEST_MALFORMED', `${member}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`],
    ['403 ORIGIN_REFUSED', `${member}Origin: https://evil.example\r\n`],
    ['403 ORIGIN_REFUSED', `${member}Origin: null\r\n`],
    ['403 ORIGIN_REFUSED', `${member}Origin: https://app.example.evil.example\r\n`],
    ['400 REQUEST_MALFORMED', `${member}Origin: https://app.example\r\nOrigin: https://app.example\r\n`],
  ]
  for (const [expected, fields, more] of refused) {
    const client = await open(fields, more)
    const received = await client.closed()
    const told = `${received.slice(9, 12)} ${/"code":"(\w+)"/.exec(received)?.[1]}`
    t.equal(told, expected, fields.replace(/Bearer \S+/, 'Bearer …'))
  }
  t.equal(service.count(), 0, 'the service was never asked')
})

t.test('the configured page, and who is no browser, open one', async t => {
  const { open, bearer } = await start(t, { cors })
  for (const origin of ['Origin: https://app.example\r\n', '']) {
    const client = await open(bearer('acme', 'member') + origin)
    t.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /)
  }
})

t.test('a tenant has only so many open, however they end, and another tenant has its own', async t => {
  const { sidecar, open, bearer } = await start(t, { bounds: 'bounds: { socketsPerTenant: 2, sockets: 3 }' })
  const first = await open(bearer('acme', 'member'))
  await first.until(/^HTTP\/1\.1 101 /)
  const second = await open(bearer('acme', 'member'))
  await second.until(/^HTTP\/1\.1 101 /)
  t.match(
    await (await open(bearer('acme', 'member'))).closed(),
    /^HTTP\/1\.1 429 [\s\S]*Retry-After[\s\S]*SOCKETS_EXHAUSTED/,
  )
  const others = await open(bearer('globex', 'member'))
  await others.until(/^HTTP\/1\.1 101 /)
  t.match(await (await open(bearer('globex', 'member'))).closed(), /^HTTP\/1\.1 503 [\s\S]*SOCKETS_FULL/)
  t.equal(await sidecar.metric('postern_sockets_open'), 3)

  first.hangUp()
  others.hangUp()
  await until('their places are free', async () => (await sidecar.metric('postern_sockets_open')) === 1)
  const again = await open(bearer('acme', 'member'))
  t.match(await again.until(/\r\n\r\n/), /^HTTP\/1\.1 101 /)
})
