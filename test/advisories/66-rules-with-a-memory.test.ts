/**
 * Threat 66: a rule for claims that answers otherwise the next time, or takes very long.
 * Advisories: GHSA-3j8v-cgw4-2g6q
 * Defence: patterns are literals without state, anchored and bounded, without one repetition in another
 * (src/token/claims-check.ts, src/token/compact-token.ts, src/token/key-set.ts); nothing of a token or of the
 * configuration becomes a pattern.
 */
import t from 'tap'
import { sourceFiles } from '../support/source-files.ts'
import { startTokenWorld, tokenOf, worldKeys } from '../support/token-world.ts'

const times = 200
const { ec } = worldKeys

t.test('the same token gets the same answer every time, verified anew each time', async t => {
  const world = await startTokenWorld(t, { tokensMax: 1 })
  const tokens = [
    [tokenOf(world, ec), 'good'],
    [tokenOf(world, ec, { sub: 'user 1' }), 'TOKEN_CLAIMS_INVALID token-subject'],
    [tokenOf(world, ec, { sub: 'user-2', tenant: 'globex' }), 'good'],
    [tokenOf(world, ec, { tenant: 'a/b' }), 'TOKEN_CLAIMS_INVALID token-tenant'],
    [tokenOf(world, ec, { sid: 's-1' }), 'good'],
    [tokenOf(world, ec, {}, { kid: 'unknown' }), 'TOKEN_KEY_UNKNOWN token-key-unknown'],
  ] as const
  const wrong: string[] = []
  for (let time = 0; time < times; time += 1) {
    for (const [token, expected] of tokens) {
      const answer = await world.verify(token)
      if (answer !== expected) wrong.push(`${time}: ${answer} in place of ${expected}`)
    }
  }
  t.same(wrong, [])
})

t.test('a claim as long as a token may be is refused like any other', async t => {
  const world = await startTokenWorld(t, { tokenLengthMax: 200_000 })
  const long = 'a'.repeat(100_000)
  for (const text of [long, `${long}!`, `${long} `, `${'a-'.repeat(50_000)}\n`, '.'.repeat(100_000)]) {
    t.equal(await world.verify(tokenOf(world, ec, { sub: text })), 'TOKEN_CLAIMS_INVALID token-subject')
    t.equal(await world.verify(tokenOf(world, ec, { tenant: text })), 'TOKEN_CLAIMS_INVALID token-tenant')
    t.equal(await world.verify(tokenOf(world, ec, {}, { kid: text })), 'TOKEN_MALFORMED token-kid')
  }
})

t.test(
  'no pattern that tokens meet has a state, is made of what somebody wrote, or repeats a repetition',
  async t => {
    for (const { path, text } of sourceFiles('src').filter(({ path }) => path.startsWith('src/token/'))) {
      t.notMatch(text, /new RegExp|RegExp\(/, path)
      t.notMatch(text, /\/[dimsuv]*[gy][dimsuvgy]*(\.|\)|,|$)/m, path)
      t.notMatch(text, /[+*}]\)[+*{]/, path)
    }
  },
)
