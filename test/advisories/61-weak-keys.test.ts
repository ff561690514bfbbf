/**
 * Threat 61: a key set holds a key under which others can sign.
 * Advisories: CVE-2017-15361
 * Defence: RSA keys of less than 2048 or more than 8192 bits, with an exponent that is even, one or huge, or
 * with the mark of ROCA are left out (isStrongRsa in src/token/key-set.ts, src/token/roca.ts); so is a curve
 * that the algorithm does not name. A point off its curve is refused by OpenSSL.
 */

import { compactVerify } from 'jose'
import t from 'tap'
import type { SignatureAlgorithm } from '../../src/token/issuer.ts'
import { parseKeySet } from '../../src/token/key-set.ts'
import { weakKeys } from '../hostile/tokens/bad-keys.ts'
import { flawedKeys, soundKey, soundToken } from '../hostile/tokens/wycheproof.ts'
import { startTokenWorld, tokenOf, worldKeys, worldStartMs } from '../support/token-world.ts'
import { encodePart, jwkOf, makeClaims } from '../support/tokens.ts'

const every: readonly SignatureAlgorithm[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']

t.test('a weak key is left out alone', async t => {
  const world = await startTokenWorld(t)
  for (const [name, weak] of Object.entries(weakKeys)) {
    world.one.server.respond(JSON.stringify({ keys: [weak, jwkOf(worldKeys.ec)] }))
    t.equal(await world.one.refresh(), null, name)
    t.equal(world.one.keys.state().keyCount, 1, name)
    t.equal(parseKeySet(JSON.stringify({ keys: [weak] }), every, 10), null, name)
  }
})

t.test('what anybody can sign under exponent 1 is refused', async t => {
  const world = await startTokenWorld(t)
  world.one.server.respond(JSON.stringify({ keys: [jwkOf(worldKeys.rsa, { e: 'AQ' }), jwkOf(worldKeys.ec)] }))
  await world.one.refresh()
  const input = `${encodePart({ alg: 'RS256', kid: 'r1' })}.${encodePart(makeClaims(world.one.issuer, worldStartMs))}`
  const signature = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(202, 0xff), Buffer.alloc(52)])
  const token = `${input}.${signature.toString('base64url')}`
  t.equal(await world.verify(token), 'TOKEN_KEY_UNKNOWN token-key-unknown')
})

/** Points of small order, and encodings of them that are not canonical: under some, one signature fits every message. */
const smallOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

t.test('under an Ed25519 key of small order nothing verifies', async t => {
  const world = await startTokenWorld(t)
  const signatures = smallOrder.map(point => Buffer.from(point.padEnd(128, '0'), 'hex').toString('base64url'))
  for (const point of smallOrder) {
    const x = Buffer.from(point, 'hex').toString('base64url')
    world.one.server.respond(
      JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'd1' }, jwkOf(worldKeys.ec)] }),
    )
    await world.one.refresh()
    const iat = world.clock.nowMs() / 1000
    const claims = makeClaims(world.one.issuer, world.clock.nowMs(), { iat, exp: iat + 60 })
    for (const signature of signatures) {
      const token = `${encodePart({ alg: 'EdDSA', kid: 'd1' })}.${encodePart(claims)}.${signature}`
      t.not(await world.verify(token), 'good', point)
    }
  }
  const iat = world.clock.nowMs() / 1000
  t.equal(await world.verify(tokenOf(world, worldKeys.ec, { iat, exp: iat + 60 })), 'good')
})

t.test('the flawed keys of Wycheproof are left out, and the sound one is not', async t => {
  for (const [name, key] of Object.entries(flawedKeys))
    t.equal(parseKeySet(JSON.stringify({ keys: [key] }), every, 10), null, name)
  const { publicKey, algorithms } = parseKeySet(JSON.stringify({ keys: [soundKey] }), every, 10)!.get(
    soundKey.kid,
  )!
  t.same(algorithms, ['ES256'])
  t.equal(Buffer.from((await compactVerify(soundToken, publicKey)).payload).toString(), 'foo')
})
