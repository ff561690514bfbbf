import t from 'tap'
import { createFeedListener } from '../../src/proxy/feed-listener.ts'
import { createManualClock } from '../support/manual-clock.ts'

function build() {
  const clock = createManualClock(0)
  const done: string[] = []
  const listener = createFeedListener({
    directory: { changed: ({ tenantId, accessVersion }) => done.push(`forget ${tenantId} ${accessVersion}`) },
    streams: {
      onTenantChanged: (tenantId, accessVersion) => done.push(`judge ${tenantId} ${accessVersion}`),
      onRevoked: () => done.push('judge all'),
    },
    revocations: { add: ({ id }) => done.push(`revoke ${id}`) },
    sweep: { start: () => done.push('sweep') },
    reloadRevocations: () => done.push('reload'),
    clock,
    events: { onHeard: kind => done.push(`heard ${kind}`), onGap: () => done.push('gap') },
  })
  return { listener, clock, done }
}

t.test('a stream is judged again only after the directory has forgotten', async t => {
  const { listener, done } = build()
  listener.onMessage({ kind: 'access', tenantId: 'id-1', slug: 'acme', accessVersion: 7 })
  t.same(done, ['heard access', 'forget id-1 7', 'judge id-1 7'])
})

t.test('streams are judged again only after a revocation is known', async t => {
  const { listener, done } = build()
  const revocation = { id: 'r1', kind: 'tenant', tenantId: 'id-1', notBeforeMs: 1, expiresAtMs: 2 } as const
  listener.onMessage({ kind: 'revocation', revocation })
  t.same(done, ['heard revocation', 'revoke r1', 'judge all'])
})

t.test('after a gap versions and revocations are asked for', async t => {
  const { listener, done } = build()
  listener.onGap()
  t.same(done, ['gap', 'sweep', 'reload'])
})

t.test('its age is how long ago everything had been heard', async t => {
  const { listener, clock } = build()
  t.equal(listener.ageMs(), Number.POSITIVE_INFINITY)
  listener.onHeard()
  clock.advance(1500)
  t.equal(listener.ageMs(), 1500)
})
