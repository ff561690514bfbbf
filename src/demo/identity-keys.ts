import type { KeyObject } from 'node:crypto'
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWTPayload } from 'jose'
import { calculateJwkThumbprint, SignJWT } from 'jose'

export type DemoKey = {
  readonly keyId: string
  readonly modulus: string
  readonly exponent: string
  /** Signs claims as they are: no time or identifier is added. */
  readonly sign: (claims: JWTPayload) => Promise<string>
}

/** Makes an RS256 key that lives as long as the process. */
export async function createDemoKey(): Promise<DemoKey> {
  const { publicKey, privateKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
  const { n, e } = rsaMembers(publicKey)
  const keyId = await calculateJwkThumbprint({ kty: 'RSA', n, e })
  const header = { typ: 'JWT', alg: 'RS256', kid: keyId }
  return {
    keyId,
    modulus: n,
    exponent: e,
    sign: claims => new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
  }
}

const makeKeyPair = promisify(generateKeyPair)

function rsaMembers(publicKey: KeyObject): { readonly n: string; readonly e: string } {
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { n: n!, e: e! }
}
