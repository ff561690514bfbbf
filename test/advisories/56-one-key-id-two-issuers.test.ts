/**
 * Threat 56: keys are kept by key id alone, so that one issuer signs for another.
 * Advisories: CVE-2026-49998
 * Defence: each issuer has a key source of its own, chosen by iss before a key is looked for
 * (src/token/verifier.ts); the deny list is kept per issuer too (src/token/deny-list.ts).
 */
import t from 'tap'
import { otherKey, startTokenWorld, tokenOf, worldKeys, worldStartMs } from '../support/token-world.ts'
import { makeClaims, signToken } from '../support/tokens.ts'

const badSignature = 'TOKEN_SIGNATURE_INVALID token-signature'

t.test('one key id at two issuers is two keys, whichever was used first', async t => {
  const world = await startTokenWorld(t)
  t.equal(otherKey.keyId, worldKeys.ec.keyId)
  const forTwo = makeClaims(world.two.issuer, worldStartMs)
  for (const round of ['cold', 'warm']) {
    t.equal(await world.verify(tokenOf(world, worldKeys.ec)), 'good', round)
    t.equal(await world.verify(signToken(otherKey, forTwo)), 'good', round)
    t.equal(await world.verify(tokenOf(world, otherKey)), badSignature, round)
    t.equal(await world.verify(signToken(worldKeys.ec, forTwo)), badSignature, round)
  }
})

t.test('a key id that only one issuer publishes is unknown at the other', async t => {
  const world = await startTokenWorld(t)
  const token = signToken(worldKeys.rsa, makeClaims(world.two.issuer, worldStartMs))
  t.equal(await world.verify(tokenOf(world, worldKeys.rsa)), 'good')
  t.equal(await world.verify(token), 'TOKEN_KEY_UNKNOWN token-key-unknown')
})

t.test('a key that is withdrawn at one issuer stays at the other', async t => {
  const world = await startTokenWorld(t)
  world.denyList.withdraw(world.two.issuer.issuer, worldKeys.ec.keyId)
  t.equal(await world.verify(tokenOf(world, worldKeys.ec)), 'good')
  const withdrawn = signToken(otherKey, makeClaims(world.two.issuer, worldStartMs))
  t.equal(await world.verify(withdrawn), 'TOKEN_KEY_WITHDRAWN token-key-withdrawn')
})
