import t from 'tap'
import { isRefused } from '../../src/lib/refused.ts'
import { parseCompactToken } from '../../src/token/compact-token.ts'
import type { Json } from '../support/tokens.ts'
import { encodePart, makeKey, signToken } from '../support/tokens.ts'

const key = makeKey('k')
const claims = { sub: 'user-1' }

t.test('a compact token is taken apart', async t => {
  t.same(parseCompactToken(signToken(key, claims, { typ: 'application/AT+JWT' })), {
    algorithm: 'ES256',
    keyId: 'k',
    type: 'at+jwt',
    payload: claims,
  })
})

t.test('an absent type counts as jwt', async t => {
  t.match(parseCompactToken(signToken(key, claims, { typ: undefined })), { type: 'jwt' })
})

const headers: readonly (readonly [string, Json | string])[] = [
  ['a critical extension', { crit: ['exp'], exp: 1 }],
  ['an empty list of critical extensions', { crit: [] }],
  ['b64', { b64: false }],
  ['b64 that is critical', { b64: false, crit: ['b64'] }],
  ['b64 with its default', { b64: true }],
  ['zip', { zip: 'DEF' }],
  ['enc', { enc: 'A128GCM' }],
  ['p2c', { p2c: 1e9 }],
  ['no kid', { kid: undefined }],
  ['an empty kid', { kid: '' }],
  ['a kid that is null', { kid: null }],
  ['a kid that is a number', { kid: 1 }],
  ['a kid that is a list', { kid: ['k'] }],
  ['a kid that is an object', { kid: { k: 1 } }],
  ['a kid that is a boolean', { kid: true }],
  ['a kid with a line break', { kid: 'k\nk' }],
  ['a kid with NUL', { kid: 'k\0' }],
  ['a kid outside ASCII', { kid: 'ключ' }],
  ['a kid that is very long', { kid: 'k'.repeat(257) }],
  ['no alg', { alg: undefined }],
  ['an alg that is a list', { alg: ['ES256'] }],
  ['an alg that is null', { alg: null }],
  ['a typ that is a number', { typ: 1 }],
  ['a typ that is null', { typ: null }],
  ['alg twice', '{"alg":"none","alg":"ES256","kid":"k"}'],
  ['no object', '"ES256"'],
  ['a list', '[{"alg":"ES256","kid":"k"}]'],
  ['no JSON', 'alg=ES256'],
  ['a byte order mark', '\ufeff{"alg":"ES256","kid":"k"}'],
]
for (const [name, header] of headers) {
  t.test(`a header with ${name} is refused`, async t => {
    t.match(parseCompactToken(signToken(key, claims, header)), { refused: 'TOKEN_MALFORMED' })
  })
}

t.test('a token inside a token is refused', async t => {
  t.match(parseCompactToken(signToken(key, signToken(key, claims), { cty: 'JWT' })), {
    refused: 'TOKEN_MALFORMED',
  })
})

const token = signToken(key, claims)
const [header, payload, signature] = token.split('.') as [string, string, string]
const shapes: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['one part', header],
  ['two parts', `${header}.${payload}`],
  ['four parts', `${token}.${signature}`],
  ['five parts', `${token}.${payload}.${signature}`],
  ['only dots', '.'.repeat(1_000_000)],
  ['two dots', '..'],
  ['an empty header', `.${payload}.${signature}`],
  ['an empty payload', `${header}..${signature}`],
  ['padding', `${header}.${payload}.${signature}==`],
  ['the other base64 alphabet', `${header}.${payload}.${signature.slice(0, -2)}+/`],
  ['a space before', ` ${token}`],
  ['a line break after', `${token}\n`],
  ['NUL inside', `${header}.${payload}\0.${signature}`],
  ['a payload that is a list', `${header}.${encodePart('[]')}.${signature}`],
  ['a payload with a member twice', `${header}.${encodePart('{"sub":"a","sub":"b"}')}.${signature}`],
  [
    'a payload that is not UTF-8',
    `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
  ],
  ['a signature of an impossible length', `${header}.${payload}.AAAAA`],
  ['stray bits at the end of the payload', `${header}.${payload.slice(0, -1)}${stray(payload)}.${signature}`],
  [
    'stray bits at the end of the signature',
    `${header}.${payload}.${signature.slice(0, -1)}${stray(signature)}`,
  ],
]
for (const [name, text] of shapes) {
  t.test(`${name} is refused`, async t => t.match(parseCompactToken(text), { refused: 'TOKEN_MALFORMED' }))
}

/** The last character may carry bits that mean nothing; another one then decodes to the same bytes. */
function stray(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const other = alphabet[alphabet.indexOf(part.at(-1)!) + 1]!
  const same = Buffer.from(part.slice(0, -1) + other, 'base64url')
  if (!same.equals(Buffer.from(part, 'base64url'))) throw new Error('these bits do mean something')
  return other
}

t.test('names that every object inherits are not taken for members', async t => {
  const parsed = parseCompactToken(signToken(key, '{"__proto__":{"sub":"user-2"}}'))
  t.ok(!isRefused(parsed) && !Object.hasOwn(parsed.payload, 'sub'))
  t.match(parseCompactToken(signToken(key, claims, '{"__proto__":{"alg":"ES256","kid":"k"}}')), {
    refused: 'TOKEN_MALFORMED',
  })
})
