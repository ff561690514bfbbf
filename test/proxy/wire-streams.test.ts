import t from 'tap'
import { PermissionIndex } from '../../src/access/permission-set.ts'
import { codeOf } from '../../src/proxy/access-line.ts'
import { watchStreams } from '../../src/proxy/wire-streams.ts'
import { DenyList } from '../../src/token/deny-list.ts'
import { acme, answerTo } from '../support/access.ts'
import { configText, proxyConfig } from '../support/config-text.ts'
import { buildDirectory, minute } from '../support/directory.ts'
import { exchangeOf } from '../support/exchange.ts'
import { makeRevocations } from '../support/revocations.ts'

t.test('two thousand streams of a tenant are judged anew with one load for each principal', async t => {
  const directory = buildDirectory({ staleMs: 15 * minute })
  const { clock, asked } = directory
  let removed: string | null = null
  let accessVersion = 1
  directory.control(question =>
    question.subject === removed
      ? null
      : answerTo(question, { accessVersion, issuedAtMs: clock.nowMs() }, acme),
  )
  const streams = watchStreams(proxyConfig(configText({})), {
    directory: { ...directory, lookup: directory.lookupAs },
    permissions: new PermissionIndex(['notes.read', 'notes.write']),
    revocations: makeRevocations(),
    denyList: new DenyList({ keysPerIssuerMax: 1 }),
    clock,
  })
  const ended: string[] = []
  const principals = Array.from({ length: 50 }, (_, index) => ({ subject: `member-${index}` }))
  for (const claims of principals) {
    const access = await directory.lookup('acme', claims.subject)
    for (let count = 0; count < 40; count += 1) {
      const exchange = exchangeOf({ claims: { ...claims, tenantRef: 'acme' } })
      Object.assign(exchange, { access, arrival: { startedMs: 1 } })
      streams.add(exchange, { withdraw: why => ended.push(`${claims.subject} ${codeOf(why)}`) })
    }
  }
  t.equal(asked.control, 50)

  removed = 'member-7'
  accessVersion = 2
  directory.changed({ tenantId: acme.id, slug: acme.slug, accessVersion })
  streams.onTenantChanged(acme.id, accessVersion)
  for (let turns = 0; turns < 200; turns += 1) {
    clock.advance(0)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(asked.control, 100)
  t.equal(streams.size, 1960)
  t.same(ended, Array(40).fill('member-7 CROSS_TENANT'))
})
