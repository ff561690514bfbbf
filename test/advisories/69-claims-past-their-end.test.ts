/**
 * Threat 69: claims that were remembered are believed after the token has expired or was revoked.
 * Advisories: none
 * Defence: what is remembered is that a signature was good; expiry, the deny list, revocations and the key
 * are asked again on every hit (whyNoLonger in src/token/verified-tokens.ts).
 */
import t from 'tap'
import { revocationOf } from '../support/revocations.ts'
import { startTokenWorld, tokenOf, worldKeys, worldStartMs } from '../support/token-world.ts'

const { ec } = worldKeys
const seconds = worldStartMs / 1000

t.test('a remembered token is good until its expiry and the skew, and not a millisecond longer', async t => {
  const world = await startTokenWorld(t)
  const { clockSkewMs } = world.one.issuer
  const token = tokenOf(world, ec, { exp: seconds + 20 })
  t.equal(await world.verify(token), 'good')
  world.clock.advance(20_000 + clockSkewMs - 1)
  t.ok(world.isRemembered(token))
  t.equal(await world.verify(token), 'good')
  world.clock.advance(1)
  for (const time of ['first', 'second'])
    t.equal(await world.verify(token), 'TOKEN_EXPIRED token-expired', time)
})

t.test('a clock that is set forward ends remembered tokens too', async t => {
  const world = await startTokenWorld(t)
  const token = tokenOf(world, ec)
  t.equal(await world.verify(token), 'good')
  world.clock.setWall(3_600_000)
  t.equal(await world.verify(token), 'TOKEN_EXPIRED token-expired')
})

const sub = 'user-1'
const sid = 's-1'
const revokedOf = (issuer: string) =>
  ({
    'its session': { kind: 'session', issuer, sessionId: sid, notBeforeMs: worldStartMs },
    'its principal': { kind: 'principal', issuer, subject: sub, tenantId: null, notBeforeMs: worldStartMs },
    'its key': { kind: 'key', issuer, keyId: ec.keyId },
  }) as const
for (const name of ['its session', 'its principal', 'its key'] as const) {
  t.test(`a remembered token is refused at once when ${name} is revoked`, async t => {
    const world = await startTokenWorld(t)
    const token = tokenOf(world, ec, { sub, sid })
    const other = tokenOf(world, worldKeys.rsa, { sub: 'user-2', sid: 's-2' })
    for (const good of [token, other]) t.equal(await world.verify(good), 'good')
    world.revocations.add(revocationOf(revokedOf(world.one.issuer.issuer)[name]))
    t.match(await world.verify(token), /^TOKEN_(REVOKED|KEY_WITHDRAWN) /)
    t.equal(await world.verify(other), 'good', 'and no other')
  })
}
