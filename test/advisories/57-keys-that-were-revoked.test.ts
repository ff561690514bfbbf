/**
 * Threat 57: a key that its issuer no longer publishes, or that was withdrawn, goes on to be believed.
 * Advisories: CVE-2025-22149
 * Defence: a refresh replaces the set, and a remembered token asks whether this very key is still held
 * (whyNoLonger in src/token/verified-tokens.ts, holds in src/token/key-source.ts); the deny list holds at
 * once; a set is used for a bounded time while its issuer is away.
 */
import t from 'tap'
import { startTokenWorld, tokenOf, worldKeys, worldOptions } from '../support/token-world.ts'
import { keySetOf, makeKey } from '../support/tokens.ts'

const { ec, rsa, ed, p384 } = worldKeys
const hour = { exp: 1_700_000_000 + 3600 }

t.test(
  'a key that is no longer published is refused after one refresh, by tokens that are remembered too',
  async t => {
    const world = await startTokenWorld(t)
    const known = tokenOf(world, ec, hour)
    const kept = tokenOf(world, rsa, hour)
    for (const token of [known, kept]) t.equal(await world.verify(token), 'good')
    t.ok(world.isRemembered(known))
    world.one.server.respond(keySetOf(rsa, ed, p384))
    t.equal(await world.one.refresh(), null)
    t.equal(await world.verify(known), 'TOKEN_KEY_UNKNOWN token-key-unknown')
    t.equal(
      await world.verify(tokenOf(world, ec, { ...hour, sub: 'user-2' })),
      'TOKEN_KEY_UNKNOWN token-key-unknown',
    )
    t.ok(world.isRemembered(kept), 'what another key signed stays')
  },
)

t.test('another key under the same id does not vouch for what the first one signed', async t => {
  const world = await startTokenWorld(t)
  const known = tokenOf(world, ec, hour)
  t.equal(await world.verify(known), 'good')
  world.one.server.respond(keySetOf(makeKey(ec.keyId)))
  await world.one.refresh()
  t.equal(await world.verify(known), 'TOKEN_SIGNATURE_INVALID token-signature')
})

t.test('a key that is withdrawn by name is refused at once, remembered or not', async t => {
  const world = await startTokenWorld(t)
  const known = tokenOf(world, ec)
  t.equal(await world.verify(known), 'good')
  world.denyList.withdraw(world.one.issuer.issuer, ec.keyId)
  for (const token of [known, tokenOf(world, ec, { sub: 'user-2' })])
    t.equal(await world.verify(token), 'TOKEN_KEY_WITHDRAWN token-key-withdrawn')
})

t.test('while the issuer is away its keys hold for a bounded time, remembered tokens or not', async t => {
  const staleMs = worldOptions.refreshMs * 2
  const world = await startTokenWorld(t, { options: { staleMs } })
  const known = tokenOf(world, ec, hour)
  t.equal(await world.verify(known), 'good')
  world.one.server.respond((_, response) => response.writeHead(503).end())
  while (world.clock.elapsedMs() + worldOptions.refreshMs < staleMs) t.ok(await world.one.refresh())
  t.equal(await world.verify(known), 'good')
  while (world.clock.elapsedMs() < staleMs) t.ok(await world.one.refresh())
  t.equal(await world.verify(known), 'KEYS_UNAVAILABLE')
})
