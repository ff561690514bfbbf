import { generateKeyPairSync, sign } from 'node:crypto'
import type { TestKey } from '../../support/tokens.ts'
import { encodePart, jwkOf, makeClaims } from '../../support/tokens.ts'
import type { Attack, Victim } from './attack.ts'
import { attacks, forged } from './attack.ts'

const badSignature = 'TOKEN_SIGNATURE_INVALID token-signature'

/** The order of P-256, and of Ed25519 (RFC 8032 §5.1), whose numbers are little-endian. */
const orderOfP256 = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
const orderOfEd25519 = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n

/** Signatures that broken implementations took for good (threat 52), and what was changed after it was signed. */
export function signatureAttacks(victim: Victim): Attack[] {
  const { ec, rsa, ed, p384 } = victim.keys
  const [r, s] = halves(signatureOf(forged(victim, ec)))
  const zero = Buffer.alloc(32)
  const one = Buffer.alloc(32)
  one[31] = 1
  const ecdsa: { readonly [name: string]: readonly Buffer[] } = {
    'r and s of zero': [zero, zero],
    'r of zero': [zero, s],
    's of zero': [r, zero],
    'r and s of one': [one, one],
    'r and s of the order': [orderOfP256, orderOfP256],
    'r of the order': [orderOfP256, s],
    's of the order': [r, orderOfP256],
    'r and s of all ones': [Buffer.alloc(64, 0xff)],
    'r and s changed places': [s, r],
    'a signature cut by a byte': [r, s.subarray(0, 31)],
    'a signature longer by a byte': [r, s, Buffer.alloc(1)],
    'r and s longer by a leading zero': [Buffer.alloc(1), r, Buffer.alloc(1), s],
    'a signature twice': [r, s, r, s],
    'only r': [r],
    'the length of ES384': [Buffer.alloc(16), r, Buffer.alloc(16), s],
    'one byte': [Buffer.alloc(1)],
    'no byte': [],
    'the smallest DER': [Buffer.from('3006020101020101', 'hex')],
    'DER of zeros': [Buffer.from('3006020100020100', 'hex')],
  }
  const other = signatureOf(forged(victim, ec, { sub: 'user-2' }))
  const [header, payload, signature] = forged(victim, ec).split('.') as [string, string, string]
  return [
    ...Object.entries(ecdsa).flatMap(([name, parts]) =>
      attacks(52, badSignature, { [`ES256 with ${name}`]: withSignature(victim, ec, Buffer.concat(parts)) }),
    ),
    ...attacks(52, badSignature, {
      'ES256 with its signature in DER': withSignature(victim, ec, derOf(victim, ec)),
      'ES384 with zeros': withSignature(victim, p384, Buffer.alloc(96)),
      'ES384 with its signature in DER': withSignature(victim, p384, derOf(victim, p384)),
      'ES384 with a signature of ES256': withSignature(victim, p384, Buffer.concat([r, s])),
      'EdDSA with zeros': withSignature(victim, ed, Buffer.alloc(64)),
      'EdDSA with the neutral point': withSignature(victim, ed, Buffer.alloc(64, 1).fill(0, 1)),
      'EdDSA with s larger than the order': withSignature(victim, ed, withOrderAdded(victim)),
      'EdDSA cut by a byte': withSignature(victim, ed, signatureOf(forged(victim, ed)).subarray(0, 63)),
      'EdDSA longer by a byte': withSignature(victim, ed, appended(signatureOf(forged(victim, ed)))),
      'RS256 with zeros': withSignature(victim, rsa, Buffer.alloc(256)),
      'RS256 with one': withSignature(victim, rsa, Buffer.concat([Buffer.alloc(255), Buffer.alloc(1, 1)])),
      'RS256 with the modulus': withSignature(victim, rsa, Buffer.from(String(jwkOf(rsa).n), 'base64url')),
      'RS256 cut by a byte': withSignature(victim, rsa, signatureOf(forged(victim, rsa)).subarray(0, 255)),
      'RS256 longer by a byte': withSignature(victim, rsa, appended(signatureOf(forged(victim, rsa)))),
      'RS256 with the padding of PS256': withSignature(victim, rsa, pssOf(victim)),
      'RS256 with the digest of RS512': withSignature(victim, rsa, sha512Of(victim)),
      'RS256 with PKCS #1 padding around nothing': withSignature(victim, rsa, paddingAlone()),
    }),
    ...attacks(52, badSignature, {
      'claims of somebody else': `${header}.${encodePart(makeClaims(victim.issuer, victim.nowMs, { tenant: 'globex' }))}.${signature}`,
      'the members of the header in another order': `${encodePart({ kid: ec.keyId, typ: 'JWT', alg: 'ES256' })}.${payload}.${signature}`,
      'the signature of another token': `${header}.${payload}.${other.toString('base64url')}`,
      'a key that is not published under a published id': forged(victim, {
        ...ec,
        privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      }),
      'an expiry of long ago under a signature of somebody else': `${header}.${encodePart(makeClaims(victim.issuer, victim.nowMs, { exp: 1 }))}.${signature}`,
    }),
  ]
}

function withSignature(victim: Victim, key: TestKey, signature: Buffer): string {
  const token = forged(victim, key)
  return `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
}

function halves(signature: Buffer): readonly [Buffer, Buffer] {
  return [signature.subarray(0, signature.length / 2), signature.subarray(signature.length / 2)]
}

function appended(signature: Buffer): Buffer {
  return Buffer.concat([signature, Buffer.alloc(1)])
}

function inputOf(victim: Victim, key: TestKey): Buffer {
  const token = forged(victim, key)
  return Buffer.from(token.slice(0, token.lastIndexOf('.')))
}

/** A true signature, in the encoding that JOSE does not use (RFC 7518 §3.4). */
function derOf(victim: Victim, key: TestKey): Buffer {
  return sign(`sha${key.algorithm.slice(2)}`, inputOf(victim, key), {
    key: key.privateKey,
    dsaEncoding: 'der',
  })
}

function pssOf(victim: Victim): Buffer {
  const { rsa } = victim.keys
  return sign('sha256', inputOf(victim, rsa), { key: rsa.privateKey, padding: 6, saltLength: 32 })
}

function sha512Of(victim: Victim): Buffer {
  const { rsa } = victim.keys
  return sign('sha512', inputOf(victim, rsa), rsa.privateKey)
}

/** What a signature with exponent 1 would be: of a key with any other, it is noise. */
function paddingAlone(): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253, 0xff), Buffer.alloc(1)])
}

/** The same point, once around: RFC 8032 §5.1.7 wants s below the order, or one token could be written twice. */
function withOrderAdded(victim: Victim): Buffer {
  const [point, s] = halves(signatureOf(forged(victim, victim.keys.ed)))
  let sum = BigInt(`0x${Buffer.from(s).reverse().toString('hex')}`) + orderOfEd25519
  const bytes = Buffer.alloc(32)
  for (let index = 0; index < 32; index += 1, sum >>= 8n) bytes[index] = Number(sum & 0xffn)
  return Buffer.concat([point, bytes])
}
