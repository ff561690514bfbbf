import t from 'tap'
import type { TokenWorld } from '../support/token-world.ts'
import { startTokenWorld, worldKeys, worldStartMs } from '../support/token-world.ts'
import type { Json } from '../support/tokens.ts'
import { makeClaims, signToken } from '../support/tokens.ts'

/**
 * Threat 76: a flood of tokens that were never seen fills the memory, or drives out those that are in use.
 * Advisories: none
 * Defence: the memory of verified tokens is bounded in number and size and lets go of what was used longest ago; a token
 * that failed is not remembered at all (src/token/verified-tokens.ts). `npm run bench -- --hostile` measures the memory
 * itself over a million of each.
 */

const tokensMax = 300
const hot = 100
const floods = 2000

const tokenOf = (world: TokenWorld, subject: string, more: Json = {}) =>
  signToken(worldKeys.ec, makeClaims(world.one.issuer, worldStartMs, { sub: subject, ...more }))

t.test(
  'what is in use stays remembered beside a flood of good tokens, and of the flood only so many',
  async t => {
    const world = await startTokenWorld(t, { tokensMax })
    const inUse = Array.from({ length: hot }, (_, index) => tokenOf(world, `user-${index}`))
    for (const token of inUse) t.equal(await world.verify(token), 'good')
    const flood: string[] = []
    let forgotten = 0
    for (let index = 0; index < floods; index += 1) {
      const token = tokenOf(world, `stranger-${index}`)
      flood.push(token)
      await world.verify(token)
      const used = inUse[index % hot]!
      if (!world.isRemembered(used)) forgotten += 1
      await world.verify(used)
    }
    t.equal(forgotten, 0, 'none of those in use had to be verified anew')
    t.equal(flood.filter(token => world.isRemembered(token)).length, tokensMax - hot)
  },
)

t.test('no flood of bad tokens drives out a good one', async t => {
  const world = await startTokenWorld(t, { tokensMax })
  const inUse = Array.from({ length: tokensMax }, (_, index) => tokenOf(world, `user-${index}`))
  for (const token of inUse) await world.verify(token)
  const checked = world.verifications()
  let accepted = 0
  for (let index = 0; index < floods; index += 1) {
    const good = tokenOf(world, `stranger-${index}`)
    const forged = `${good.slice(0, -6)}${index % 2 === 0 ? 'AAAAAA' : 'BBBBBA'}`
    if ((await world.verify(forged)) === 'good') accepted += 1
  }
  t.equal(accepted, 0)
  t.equal(world.verifications(), checked + floods, 'each of them cost a check, and nothing else')
  t.equal(inUse.filter(token => world.isRemembered(token)).length, tokensMax)
})
