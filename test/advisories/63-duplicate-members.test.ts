/**
 * Threat 63: JSON that two parsers read differently: a member twice, deep nesting, what is not quite JSON.
 * Advisories: none
 * Defence: header and payload are parsed by src/token/json-object.ts, which refuses a member that is written
 * twice anywhere and nesting past 32; the bytes must be UTF-8 without a byte order mark (src/token/compact-
 * token.ts).
 */
import t from 'tap'
import { parseKeySet } from '../../src/token/key-set.ts'
import { hostileJson, oddJson } from '../hostile/tokens/hostile-json.ts'
import { proveRefused } from '../hostile/tokens/prove.ts'
import { startTokenWorld, tokenOf, worldKeys } from '../support/token-world.ts'

t.test('what could be read in two ways is refused, in header and payload', async t => proveRefused(t, 63))

t.test('as a key set none of it is one, nor does it harm the set that is held', async t => {
  const world = await startTokenWorld(t)
  for (const [name, text] of Object.entries({ ...hostileJson, ...oddJson })) {
    const wrapped = [
      text,
      `{"keys":${text}}`,
      `{"keys":[${text}]}`,
      `{"keys":[{"kid":"x","kty":"EC","x":${text}}]}`,
    ]
    for (const body of wrapped) t.equal(parseKeySet(body, ['ES256'], 100), null, name)
    world.one.server.respond(text)
    t.match(await world.one.refresh(), { message: 'the answer holds no usable key' }, name)
  }
  const iat = world.clock.nowMs() / 1000
  const token = tokenOf(world, worldKeys.ec, { iat, exp: iat + 60 })
  t.equal(await world.verify(token), 'good')
})

t.test('a key set that nests as deep as its bytes allow is no crash', async t => {
  const deep = 262_000
  for (const body of [
    '['.repeat(deep),
    `${'['.repeat(deep)}${']'.repeat(deep)}`,
    `{"keys":${'{"a":'.repeat(80_000)}1`,
  ])
    t.equal(parseKeySet(body, ['ES256'], 100), null)
})
