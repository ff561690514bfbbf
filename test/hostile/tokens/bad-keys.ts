import { generateKeyPairSync } from 'node:crypto'
import type { Json } from '../../support/tokens.ts'
import { jwkOf, makeKey } from '../../support/tokens.ts'

const kid = 'bad'
const ec = makeKey(kid)
const rsa = makeKey(kid, 'RS256')
const ed = makeKey(kid, 'EdDSA')
const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })

/** Keys that a set may hold by mistake, or by malice: broken, secret, or made for something else (threat 59). */
export const brokenKeys: { readonly [name: string]: unknown } = {
  null: null,
  'a number': 7,
  'a string': kid,
  'a list': [jwkOf(ec)],
  'an empty object': {},
  'no kty': jwkOf(ec, { kty: undefined }),
  'a kty that is a list': jwkOf(ec, { kty: ['EC'] }),
  'a kty that every object inherits': { kty: 'toString', kid },
  'an RSA key without modulus': jwkOf(rsa, { n: undefined }),
  'an RSA key with an empty modulus': jwkOf(rsa, { n: '' }),
  'an RSA key whose modulus is no text': jwkOf(rsa, { n: 65_537 }),
  'an RSA key without exponent': jwkOf(rsa, { e: undefined }),
  'an RSA key for encryption': jwkOf(rsa, { use: 'enc' }),
  'an RSA key with an algorithm of encryption': jwkOf(rsa, { alg: 'RSA-OAEP' }),
  'an EC key without y': jwkOf(ec, { y: undefined }),
  'an EC key with members of other types': { kty: 'EC', crv: 'P-256', x: 1, y: {}, kid },
  'an EC key whose coordinate is cut': jwkOf(ec, { x: String(jwkOf(ec).x).slice(0, 20) }),
  'an EC key whose coordinate has 100 kB': jwkOf(ec, { x: 'A'.repeat(100_000) }),
  'an EC key that may not verify': jwkOf(ec, { key_ops: ['sign'] }),
  'an EC key whose operations are no list': jwkOf(ec, { key_ops: 'verify' }),
  'an EC key with the type of an RSA key': jwkOf(ec, { kty: 'RSA' }),
  'an EC key without id': jwkOf(ec, { kid: undefined }),
  'an EC key with an empty id': jwkOf(ec, { kid: '' }),
  'an EC key whose id is a number': jwkOf(ec, { kid: 7 }),
  'an EC key with a line break in its id': jwkOf(ec, { kid: 'bad\n' }),
  'an EC key for an algorithm that the issuer does not use': jwkOf(ec, { alg: 'ES512' }),
  'an EC key with its private half': { ...ec.privateKey.export({ format: 'jwk' }), kid },
  'an RSA key with its private half': { ...rsa.privateKey.export({ format: 'jwk' }), kid },
  'an Ed25519 key that is cut': jwkOf(ed, { x: String(jwkOf(ed).x).slice(0, 20) }),
  'an X25519 key': { kty: 'OKP', crv: 'X25519', x: String(jwkOf(ed).x), kid },
  'a secret': { kty: 'oct', k: 'c2VjcmV0', kid },
  'a secret for ES256': { kty: 'oct', k: 'c2VjcmV0', alg: 'ES256', kid },
  'a certificate alone': { kid, x5c: ['MIIB'], x5u: 'http://127.0.0.1:9/' },
  'a key of a type nobody knows': { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid },
}

/** Keys under which somebody else may sign, or nobody can check (threat 61). */
export const weakKeys: { readonly [name: string]: Json } = {
  'an RSA key of 1024 bits': { ...small, kid },
  'an RSA key of 16392 bits': jwkOf(rsa, { n: Buffer.alloc(2049, 0xff).toString('base64url') }),
  'an RSA key of 3 megabits': jwkOf(rsa, { n: Buffer.alloc(380_000, 0xff).toString('base64url') }),
  'an RSA key with exponent 0': jwkOf(rsa, { e: 'AA' }),
  'an RSA key with exponent 1': jwkOf(rsa, { e: 'AQ' }),
  'an RSA key with exponent 2': jwkOf(rsa, { e: 'Ag' }),
  'an RSA key with an even exponent': jwkOf(rsa, { e: 'AQAA' }),
  'an RSA key with a huge exponent': jwkOf(rsa, { e: 'AQAAAAAAAAAB' }),
  'an RSA key with its modulus as exponent': jwkOf(rsa, { e: jwkOf(rsa).n }),
  'an RSA key with the mark of ROCA': jwkOf(rsa, { n: rocaModulus() }),
  'a point that is not on its curve': jwkOf(ec, { y: jwkOf(makeKey('x')).y }),
  'a point of zeros': jwkOf(ec, {
    x: Buffer.alloc(32).toString('base64url'),
    y: Buffer.alloc(32).toString('base64url'),
  }),
  'a point past the field': jwkOf(ec, { x: Buffer.alloc(32, 0xff).toString('base64url') }),
  'another curve than the algorithm': jwkOf(makeKey('x', 'ES384'), { kid, alg: 'ES256' }),
  'another curve than it says': jwkOf(ec, { crv: 'P-384', alg: undefined }),
  'a curve nobody asked for': { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA', kid },
}

/** Any power of 65537 modulo the primes up to 167, and far beyond 2048 bits nowhere near random. */
function rocaModulus(): string {
  let primorial = 1n
  for (let number = 2n; number <= 167n; number += 1n) {
    let divisor = 2n
    while (divisor * divisor <= number && number % divisor !== 0n) divisor += 1n
    if (divisor * divisor > number) primorial *= number
  }
  let modulus = 65_537n ** 7n % primorial
  modulus += (2n ** 2047n / primorial + 1n) * primorial
  const hex = modulus.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
