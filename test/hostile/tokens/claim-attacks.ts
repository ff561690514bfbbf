import type { Json } from '../../support/tokens.ts'
import { makeClaims } from '../../support/tokens.ts'
import type { Attack, Victim } from './attack.ts'
import { attacks, forged } from './attack.ts'

/** Properly signed all of them: what an issuer signs may still be no token for us (44, 45, 64, 65). */
export function claimAttacks(victim: Victim): Attack[] {
  const { ec } = victim.keys
  const { issuer } = victim.issuer
  const now = victim.nowMs / 1000
  const claiming = (threat: number, expected: string, all: { readonly [name: string]: Json }) =>
    attacks(
      threat,
      expected,
      mapped(all, claims => forged(victim, ec, claims)),
    )
  const written = (threat: number, expected: string, all: { readonly [name: string]: string }) =>
    attacks(
      threat,
      expected,
      mapped(all, member => forged(victim, ec, withMember(victim, member))),
    )
  return [
    ...claiming(64, 'TOKEN_CLAIMS_INVALID token-times', {
      'no exp': { exp: undefined },
      'exp null': { exp: null },
      'exp true': { exp: true },
      'exp as text': { exp: String(now + 60) },
      'exp as a date': { exp: '2099-01-01T00:00:00Z' },
      'exp empty': { exp: '' },
      'exp in a list': { exp: [now + 60] },
      'exp in an object': { exp: { valueOf: now + 60 } },
      'exp negative': { exp: -1 },
      'exp past every date': { exp: 8.64e12 + 1 },
      'exp of 2^53': { exp: 2 ** 53 },
      'exp in milliseconds and more': { exp: 1e300 },
      'no iat': { iat: undefined },
      'iat null': { iat: null },
      'iat as text': { iat: String(now) },
      'iat negative': { iat: -1 },
      'nbf null': { nbf: null },
      'nbf as text': { nbf: '0' },
      'nbf negative': { nbf: -1 },
      'nbf in a list': { nbf: [] },
    }),
    ...written(64, 'TOKEN_CLAIMS_INVALID token-times', {
      'exp that is infinite': '"exp":1e999',
      'exp that is minus infinite': '"exp":-1e999',
      'nbf that is infinite': '"nbf":1e999',
      'iat that is minus infinite': '"iat":-1e400',
    }),
    ...claiming(64, 'TOKEN_CLAIMS_INVALID token-lifetime', {
      'exp 0': { exp: 0 },
      'exp before iat': { exp: now - 1 },
      'exp that is iat': { exp: now },
      'exp in milliseconds': { exp: victim.nowMs + 60_000 },
      'exp after a lifetime that is too long': { exp: now + 3601 },
      'exp a hair past the longest lifetime': { exp: now + 3600.001 },
      'iat of long ago': { iat: 0 },
    }),
    ...claiming(64, 'TOKEN_EXPIRED token-expired', {
      'exp that has passed': { iat: now - 120, exp: now - 60 },
      'exp that passes now, with the skew': { iat: now - 120, exp: now - 10 },
      'exp just before the first day ends': { iat: 0, exp: 1 },
    }),
    ...written(64, 'TOKEN_EXPIRED token-expired', { 'exp minus zero and a bit': '"iat":0,"exp":1e-300' }),
    ...claiming(64, 'TOKEN_NOT_YET_VALID token-not-yet', {
      'nbf to come': { nbf: now + 60 },
      'nbf just past the skew': { nbf: now + 10.001 },
      'nbf past exp': { nbf: now + 100_000 },
      'iat to come': { iat: now + 60 },
    }),
    ...claiming(64, 'good', {
      'exp at the end of the longest lifetime': { exp: now + 3600 },
      'exp with a fraction': { exp: now + 60.5 },
      'nbf within the skew': { nbf: now + 10 },
    }),
    ...written(64, 'good', { 'exp with an exponent': `"exp":${(now + 60) / 1e9}e9` }),
    ...claiming(65, 'TOKEN_AUDIENCE_WRONG token-audience', {
      'no aud': { aud: undefined },
      'aud null': { aud: null },
      'aud empty': { aud: '' },
      'aud of somebody else': { aud: 'other' },
      'aud in upper case': { aud: 'POSTERN' },
      'aud with a space': { aud: 'postern ' },
      'aud that begins like ours': { aud: 'postern2' },
      'aud that ends like ours': { aud: 'not-postern' },
      'aud with a separator': { aud: 'other postern' },
      'aud with a comma': { aud: 'other,postern' },
      'aud with a pattern': { aud: '*' },
      'aud in an empty list': { aud: [] },
      'aud in a list of others': { aud: ['a', 'b'] },
      'aud in a list in a list': { aud: [['postern']] },
      'aud in a list with a number': { aud: ['postern', 1] },
      'aud in a list with null': { aud: ['postern', null] },
      'aud in an object': { aud: { 0: 'postern', length: 1 } },
      'aud true': { aud: true },
      'aud 0': { aud: 0 },
      'aud that every object inherits': { aud: 'constructor' },
    }),
    ...claiming(65, 'good', {
      'aud in a list': { aud: ['postern'] },
      'aud in a list among others': { aud: ['other', 'postern'] },
    }),
    ...claiming(65, 'TOKEN_ISSUER_UNKNOWN token-issuer', {
      'no iss': { iss: undefined },
      'iss null': { iss: null },
      'iss empty': { iss: '' },
      'iss without its slash': { iss: issuer.slice(0, -1) },
      'iss with two slashes': { iss: `${issuer}/` },
      'iss in upper case': { iss: issuer.toUpperCase() },
      'iss with a space': { iss: ` ${issuer}` },
      'iss with a line break': { iss: `${issuer}\n` },
      'iss with NUL': { iss: `${issuer}\0` },
      'iss with the default of another port': { iss: issuer.replace('http:', 'https:') },
      'iss with a query': { iss: `${issuer}?` },
      'iss in a list': { iss: [issuer] },
      'iss in an object': { iss: { issuer } },
      'iss 1': { iss: 1 },
      'iss true': { iss: true },
      'iss that every object inherits': { iss: 'constructor' },
      'iss __proto__': { iss: '__proto__' },
    }),
    ...claiming(44, 'TOKEN_CLAIMS_INVALID token-subject', {
      'no sub': { sub: undefined },
      'sub empty': { sub: '' },
      'sub null': { sub: null },
      'sub 7': { sub: 7 },
      'sub in a list': { sub: ['user-1'] },
      'sub with a space': { sub: 'user 1' },
      'sub with CRLF': { sub: 'user-1\r\nX-QLP-Role: owner' },
      'sub with NUL': { sub: 'user-1\0' },
      'sub outside ASCII': { sub: 'uſer-1' },
      'sub in full width': { sub: 'ｕser-1' },
      'sub of half a character': { sub: '\udc00' },
      'sub that is too long': { sub: 'u'.repeat(256) },
      'sub of 7 kB': { sub: 'u'.repeat(5000) },
    }),
    ...claiming(44, 'TOKEN_CLAIMS_INVALID token-tenant', {
      'tenant null': { tenant: null },
      'tenant empty': { tenant: '' },
      'tenant in a list': { tenant: ['acme'] },
      'tenant in an object': { tenant: { id: 'acme' } },
      'tenant with CRLF': { tenant: 'acme\r\nX-QLP-Tenant-Id: globex' },
      'tenant with a slash': { tenant: '../globex' },
      'tenant with a comma': { tenant: 'acme,globex' },
      'tenant in full width': { tenant: 'ａcme' },
      'tenant with U+0085': { tenant: 'acme\u0085' },
      'tenant that is too long': { tenant: 'a'.repeat(65) },
    }),
    ...claiming(44, 'TOKEN_CLAIMS_INVALID token-session', {
      'sid null': { sid: null },
      'sid 1': { sid: 1 },
      'sid with a line break': { sid: 's\n1' },
      'sid that is too long': { sid: 's'.repeat(256) },
    }),
    ...written(45, 'TOKEN_CLAIMS_INVALID token-subject', {
      'sub within __proto__': '"sub":"","__proto__":{"sub":"root"}',
      'sub within constructor': '"sub":"","constructor":{"prototype":{"sub":"root"}}',
    }),
    ...written(45, 'good', {
      '__proto__ that is not looked at': '"__proto__":{"role":"owner"}',
    }),
  ]
}

function mapped<From, To>(all: { readonly [name: string]: From }, make: (from: From) => To) {
  return Object.fromEntries(Object.entries(all).map(([name, from]) => [name, make(from)]))
}

/** The claims as text, with members that no serialiser writes; what these name is taken from the others. */
function withMember({ issuer, nowMs }: Victim, members: string): string {
  const named = new Set([...members.matchAll(/"(\w+)":/g)].map(match => match[1]))
  const others = Object.entries(makeClaims(issuer, nowMs)).filter(([name]) => !named.has(name))
  return `{${members},${JSON.stringify(Object.fromEntries(others)).slice(1)}`
}
