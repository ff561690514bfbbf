import { isRefused } from '../../../src/lib/refused.ts'
import { refusals } from '../../../src/proxy/refusal.ts'
import { DenyList } from '../../../src/token/deny-list.ts'
import type { Issuer } from '../../../src/token/issuer.ts'
import { parseKeySet } from '../../../src/token/key-set.ts'
import type { IssuerKeys } from '../../../src/token/key-source.ts'
import { Revocations } from '../../../src/token/revocations.ts'
import { createVerifiedTokens } from '../../../src/token/verified-tokens.ts'
import { createVerifier } from '../../../src/token/verifier.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { integerBelow } from '../../support/random.ts'
import type { Json, TestKey } from '../../support/tokens.ts'
import { encodePart, keySetOf, makeClaims, makeIssuer, signToken } from '../../support/tokens.ts'
import type { Fuzzer, Random } from '../fuzzer.ts'
import { hold, isPlain } from '../fuzzer.ts'
import { chance, mutate, oneOf } from '../mutate.ts'
import { curveKey, edwardsKey, forgers, isSignedBy, otherKey, rsaKey } from './token-signers.ts'

/**
 * Compact tokens against the verifier and its memory, with two issuers that publish different keys under one id. What
 * is accepted is an honest token, byte for byte, or one that a second reading finds good in every part.
 */
export async function startTokens(): Promise<Fuzzer> {
  return { name: 'tokens', concurrency: 1, generate, check, close: async () => {} }
}

const nowMs = 1_700_000_000_000
const tokenLengthMax = 8192
const issuer = makeIssuer({ algorithms: ['RS256', 'ES256', 'EdDSA'] })
const other = makeIssuer({ issuer: 'https://other.example/', algorithms: ['EdDSA'] })
const trusted: readonly (readonly [Issuer, readonly TestKey[]])[] = [
  [issuer, [rsaKey, curveKey, edwardsKey]],
  [other, [otherKey]],
]

const clock = createManualClock(nowMs)
const denyList = new DenyList({ keysPerIssuerMax: 10 })
const revocations = new Revocations({
  issuers: new Set(trusted.map(([{ issuer }]) => issuer)),
  denyList,
  clock,
  skewMs: 0,
  perKindMax: 10,
})
revocations.complete()
const verifier = createVerifier({
  issuers: trusted.map(([of, keys]) => ({ issuer: of, keys: publish(of, keys) })),
  denyList,
  clock,
  tokenLengthMax,
})
const tokens = createVerifiedTokens({
  verifier,
  denyList,
  revocations,
  clock,
  tokensMax: 100,
  bytesMax: 1_000_000,
  events: { onHit: () => {}, onMiss: () => {} },
})

/** Keys that were published once and stay. */
function publish(of: Issuer, keys: readonly TestKey[]): IssuerKeys {
  const set = parseKeySet(keySetOf(...keys), of.algorithms, 10)!
  return { find: keyId => set.get(keyId) ?? null, holds: known => set.get(known.keyId) === known }
}

async function check(token: string): Promise<string> {
  const first = tokens.verify(token)
  const result = first instanceof Promise ? await first : first
  if (isRefused(result)) {
    hold(Object.hasOwn(refusals, result.refused), 'a refusal is one of the table')
    const told = `${result.detail} ${result.offending}`
    hold(isPlain(told) && told.length < 500, 'what the log learns is one bounded, printable line')
    return result.refused
  }
  hold(token.length <= tokenLengthMax, 'what is accepted is no longer than told')
  const again = tokens.verify(token)
  hold(!(again instanceof Promise) && again === result, 'what is accepted is remembered')
  if (honest.includes(token)) return 'honest'
  checkAccepted(token, result.issuer, result.subject)
  return 'accepted'
}

/** The second reading: with other code, and only for what was accepted. */
function checkAccepted(token: string, claimed: string, subject: string): void {
  hold(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token), 'it has three parts')
  const parts = token.split('.').map(part => Buffer.from(part, 'base64url'))
  hold(parts.map(part => part.toString('base64url')).join('.') === token, 'each in its one encoding')
  const [header, payload] = parts.slice(0, 2).map(part => JSON.parse(part.toString())) as [Json, Json]
  const [found, keys] = trusted.find(([each]) => each.issuer === payload.iss) ?? []
  hold(found !== undefined && found.issuer === claimed, 'its issuer is known, and is the one that was told')
  const key = keys!.find(each => each.keyId === header.kid && each.algorithm === header.alg)
  hold(
    key !== undefined && isSignedBy(key, token),
    'the key of that issuer, by that id and algorithm, has signed it',
  )
  for (const name of ['crit', 'b64', 'zip', 'enc']) hold(!(name in header), `it has no ${name}`)
  const { exp, iat, nbf, aud, sub } = payload
  hold(typeof exp === 'number' && exp * 1000 + found.clockSkewMs > nowMs, 'it has not expired')
  hold(typeof iat === 'number' && iat * 1000 <= nowMs + found.clockSkewMs && exp > iat, 'it was issued')
  hold((exp - iat) * 1000 <= found.lifetimeMsMax, 'it does not live too long')
  hold(
    nbf === undefined || (typeof nbf === 'number' && nbf * 1000 <= nowMs + found.clockSkewMs),
    'it is valid by now',
  )
  hold([aud].flat().includes('postern'), 'it is for us')
  hold(typeof sub === 'string' && sub === subject && sub.length > 0, 'it says who')
}

const claims = makeClaims(issuer, nowMs)
/** ECDSA signs differently each time; its tokens are kept in the corpus. */
const honest = [
  signToken(rsaKey, claims),
  signToken(edwardsKey, claims),
  signToken(edwardsKey, { ...claims, tenant: 'globex', sid: 's-1', nbf: nowMs / 1000 }),
  signToken(otherKey, makeClaims(other, nowMs)),
]

/** Most are cut, bent or put together anew, which costs no cryptography; some are signed, rightly or not. */
function generate(random: Random, corpus: readonly string[]): string {
  const from = corpus.length > 0 && chance(random, 0.4) ? oneOf(random, corpus) : oneOf(random, honest)
  const way = random()
  if (way < 0.45) return mutate(random, from, honest, { words, lengthMax: 20_000 })
  if (way < 0.75) return swapped(random, from)
  const [header, payload] = from.split('.').map(part => Buffer.from(part, 'base64url').toString('latin1'))
  const isHeader = chance(random, 0.6)
  const newHeader = isHeader ? bent(random, header ?? '{}', headerMembers) : (header ?? '{}')
  const newPayload = isHeader ? (payload ?? '{}') : bent(random, payload ?? '{}', payloadMembers)
  if (way < 0.96) return `${encode(newHeader)}.${encode(newPayload)}.${from.split('.')[2] ?? ''}`
  if (way < 0.985) return oneOf(random, forgers)(newHeader, newPayload)
  return signToken(chance(random, 0.7) ? edwardsKey : rsaKey, newPayload, newHeader)
}

function encode(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url')
}

/** Parts of honest tokens in a wrong order, number or place. */
function swapped(random: Random, from: string): string {
  const parts = from.split('.')
  for (let count = 1 + integerBelow(random, 3); count > 0; count -= 1) {
    const part = oneOf(random, oneOf(random, honest).split('.'))
    const at = integerBelow(random, parts.length + 1)
    if (chance(random, 0.7))
      parts[Math.min(at, parts.length - 1)] = chance(random, 0.2) ? oneOf(random, words) : part
    else if (chance(random, 0.5)) parts.splice(at, 0, part)
    else parts.splice(at, 1)
  }
  return parts.join(chance(random, 0.98) ? '.' : oneOf(random, ['..', ',', ' ', '.\n', '']))
}

/** JSON with a member changed, added, doubled or spelled anew; or with its bytes changed. */
function bent(random: Random, json: string, members: readonly string[]): string {
  if (chance(random, 0.35)) return mutate(random, json, [json], { words: members, lengthMax: 12_000 })
  const member = oneOf(random, members)
  if (chance(random, 0.3)) return json.replace('{', `{${member},`)
  if (chance(random, 0.3)) return json.replace(/\}$/, `,${member}}`)
  const name = /^"[^"]*"/.exec(member)?.[0] ?? '"a"'
  const at = json.indexOf(`${name}:`)
  if (at === -1) return json.replace('{', `{${member},`)
  const end = /^"[^"]*":("[^"]*"|[^,}]*)/.exec(json.slice(at))?.[0].length ?? 0
  return json.slice(0, at) + member + json.slice(at + end)
}

const seconds = nowMs / 1000
const odd = [
  'null',
  'true',
  '0',
  '-1',
  '1e400',
  '""',
  '[]',
  '{}',
  '"\\u0000"',
  '"\xff"',
  '1.5',
  '"1"',
  '[[[[[[]]]]]]',
]

const headerMembers = [
  ...['none', 'None', 'HS256', 'RS256', 'RS384', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519', 'ES256K'].map(
    alg => `"alg":"${alg}"`,
  ),
  ...['r1', 'e1', 'd1', '', '../d1', '__proto__', 'd1 ', 'D1', 'd1\\u0000', 'x'.repeat(300)].map(
    kid => `"kid":"${kid}"`,
  ),
  ...['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'application/application/jwt', 'logout+jwt', ''].map(
    typ => `"typ":"${typ}"`,
  ),
  ...[
    '"crit":["b64"]',
    '"crit":[]',
    '"b64":false',
    '"zip":"DEF"',
    '"enc":"A128GCM"',
    '"cty":"JWT"',
    '"p2c":1',
    '"jku":"http://a/"',
  ],
  ...[
    '"jwk":{"kty":"oct","k":""}',
    '"x5c":["a"]',
    '"x5u":"http://a/"',
    '"__proto__":{"alg":"none"}',
    '"a\\u006cg":"none"',
    '"\\u0061lg":"EdDSA"',
  ],
  ...odd.flatMap(value => [`"alg":${value}`, `"kid":${value}`, `"typ":${value}`]),
]

const payloadMembers = [
  ...[issuer.issuer, other.issuer, issuer.issuer.slice(0, -1), 'HTTPS://ID.EXAMPLE/v2.0/', 'constructor'].map(
    iss => `"iss":"${iss}"`,
  ),
  ...['postern', 'Postern', 'other', 'postern '].flatMap(aud => [
    `"aud":"${aud}"`,
    `"aud":["${aud}"]`,
    `"aud":["a","${aud}"]`,
    `"aud":["${aud}",1]`,
  ]),
  ...[0, -20, 600, 3600, 3601, 1e9, -1e9].flatMap(by =>
    ['exp', 'iat', 'nbf'].map(name => `"${name}":${seconds + by}`),
  ),
  ...['root', '', ' ', 'a b', 'x'.repeat(255), 'x'.repeat(256), 'a\\r\\nX: y', '\\u202e'].flatMap(value => [
    `"sub":"${value}"`,
    `"tenant":"${value}"`,
    `"sid":"${value}"`,
  ]),
  ...odd.flatMap(value =>
    ['iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'tenant', 'sid', '__proto__'].map(
      name => `"${name}":${value}`,
    ),
  ),
  ...[
    '"sub":"Not supported currently. Use oid claim."',
    '"oid":"root"',
    `"a":${'['.repeat(40)}${']'.repeat(40)}`,
    '"s\\u0075b":"root"',
  ],
]

const words = [
  ...['.', '..', '...', '=', '==', '+', '/', '-', '_', ' ', '\n', '\0', 'e30', 'bnVsbA', 'W10', 'AA', '!'],
  ...[{ alg: 'none' }, { alg: 'EdDSA', kid: 'd1' }, { alg: 'ES256', kid: 'e1' }, {}].map(part =>
    encodePart(part as Json),
  ),
  encodePart(claims),
]
