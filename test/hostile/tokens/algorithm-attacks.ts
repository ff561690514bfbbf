import { createHmac } from 'node:crypto'
import type { Json, TestKey } from '../../support/tokens.ts'
import { encodePart, jwkOf, makeClaims } from '../../support/tokens.ts'
import type { Attack, Victim } from './attack.ts'
import { attacks, forged } from './attack.ts'

const refusedAlgorithm = 'TOKEN_ALGORITHM_REFUSED token-alg-refused'
const badSignature = 'TOKEN_SIGNATURE_INVALID token-signature'

const nones = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\0', 'ɴone']

/** Not signed at all (threat 49), signed with what is public (50), with nothing (51). */
export function algorithmAttacks(victim: Victim): Attack[] {
  const { ec, rsa } = victim.keys
  const unsigned = (header: Json) => `${inputOf(victim, header)}.`
  return [
    ...nones.flatMap(alg =>
      attacks(49, refusedAlgorithm, {
        [`alg ${JSON.stringify(alg)} without a signature`]: unsigned({ alg, kid: ec.keyId }),
        [`alg ${JSON.stringify(alg)} with the signature of another algorithm`]: forged(
          victim,
          ec,
          {},
          { alg },
        ),
      }),
    ),
    ...attacks(49, badSignature, {
      'a real alg without a signature': unsigned({ alg: 'ES256', kid: ec.keyId }),
      'RS256 without a signature': unsigned({ alg: 'RS256', kid: rsa.keyId }),
    }),
    ...attacks(49, refusedAlgorithm, {
      'alg that is empty': forged(victim, ec, {}, { alg: '' }),
      'alg in lower case': forged(victim, ec, {}, { alg: 'es256' }),
      'alg with a space after it': forged(victim, ec, {}, { alg: 'ES256 ' }),
      'alg that every object inherits': forged(victim, ec, {}, { alg: 'constructor' }),
      'alg __proto__': forged(victim, ec, {}, { alg: '__proto__' }),
      'alg of encryption': forged(victim, ec, {}, { alg: 'RSA-OAEP' }),
      'alg dir': forged(victim, ec, {}, { alg: 'dir' }),
      'alg of a curve nobody allowed': forged(victim, ec, {}, { alg: 'ES256K' }),
      'alg that the issuer does not use': forged(victim, { ...rsa, algorithm: 'RS512' }),
      'alg of the issuer that is not of the key': forged(victim, { ...rsa, algorithm: 'PS256' }),
      'alg of another type of key': forged(victim, rsa, {}, { kid: ec.keyId }),
      'the key id of an RSA key with ES256': forged(victim, ec, {}, { kid: rsa.keyId }),
    }),
    ...attacks(49, 'TOKEN_MALFORMED token-alg', {
      'no alg': forged(victim, ec, {}, { alg: undefined }),
      'alg null': forged(victim, ec, {}, { alg: null }),
      'alg in a list': forged(victim, ec, {}, { alg: ['ES256'] }),
      'alg in an object': forged(victim, ec, {}, { alg: { ES256: true } }),
      'alg false': forged(victim, ec, {}, { alg: false }),
      'alg 0': forged(victim, ec, {}, { alg: 0 }),
    }),
    ...renderings(rsa).flatMap(([name, secret]) => [
      ...attacks(50, refusedAlgorithm, {
        [`HS256 with ${name}`]: hmacToken(victim, 'HS256', 'HS256', rsa.keyId, secret),
      }),
      ...attacks(50, badSignature, {
        [`RS256 with an HMAC of ${name}`]: hmacToken(victim, 'RS256', 'HS256', rsa.keyId, secret),
      }),
    ]),
    ...attacks(50, refusedAlgorithm, {
      'HS384 with the public key': hmacToken(victim, 'HS384', 'HS384', rsa.keyId, pemOf(rsa)),
      'HS512 with the public key': hmacToken(victim, 'HS512', 'HS512', rsa.keyId, pemOf(rsa)),
      'HS256 with the public key of an EC key': hmacToken(victim, 'HS256', 'HS256', ec.keyId, pemOf(ec)),
      'HS256 with the coordinates of an EC key': hmacToken(
        victim,
        'HS256',
        'HS256',
        ec.keyId,
        JSON.stringify(jwkOf(ec)),
      ),
    }),
    ...attacks(51, refusedAlgorithm, {
      'HS256 with an empty secret': hmacToken(victim, 'HS256', 'HS256', ec.keyId, ''),
      'HS256 with a secret of zeros': hmacToken(victim, 'HS256', 'HS256', ec.keyId, Buffer.alloc(64)),
      'HS256 with the key id as secret': hmacToken(victim, 'HS256', 'HS256', ec.keyId, ec.keyId),
      'HS256 with null as secret': hmacToken(victim, 'HS256', 'HS256', ec.keyId, 'null'),
      'HS256 with undefined as secret': hmacToken(victim, 'HS256', 'HS256', ec.keyId, 'undefined'),
    }),
    ...attacks(51, badSignature, {
      'ES256 with an HMAC without a secret': hmacToken(victim, 'ES256', 'HS512', ec.keyId, ''),
    }),
  ]
}

/** The ways in which a public key has been taken for a secret. */
function renderings(key: TestKey): readonly (readonly [name: string, secret: string | Buffer])[] {
  const pem = pemOf(key)
  return [
    ['the public key in PEM', pem],
    ['the public key in PEM after a space', ` ${pem}`],
    ['the public key in PEM without its last line break', pem.trim()],
    ['the public key in PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['the public key in PKCS #1', key.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['the public key in DER', key.publicKey.export({ type: 'spki', format: 'der' })],
    ['the published key', JSON.stringify(jwkOf(key))],
    ['the modulus', String(jwkOf(key).n)],
  ]
}

function pemOf(key: TestKey): string {
  return key.publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function hmacToken(victim: Victim, alg: string, made: string, kid: string, secret: string | Buffer): string {
  const input = inputOf(victim, { alg, typ: 'JWT', kid })
  const digest = `sha${made.slice(2)}`
  return `${input}.${createHmac(digest, secret).update(input).digest('base64url')}`
}

function inputOf({ issuer, nowMs }: Victim, header: Json): string {
  return `${encodePart(header)}.${encodePart(makeClaims(issuer, nowMs))}`
}
