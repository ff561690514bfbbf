import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync, sign } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Issuer, SignatureAlgorithm } from '../../src/token/issuer.ts'

export type TestKey = {
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export type Json = { readonly [name: string]: unknown }

const curves: { readonly [algorithm: string]: string } = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** Makes a key pair; ES256 unless told, since an RSA key takes a while. */
export function makeKey(
  keyId: string,
  algorithm: SignatureAlgorithm = 'ES256',
  modulusLength = 2048,
): TestKey {
  return { keyId, algorithm, ...makePair(algorithm, modulusLength) }
}

function makePair(algorithm: SignatureAlgorithm, modulusLength: number) {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  const namedCurve = curves[algorithm]
  return namedCurve === undefined
    ? generateKeyPairSync('rsa', { modulusLength })
    : generateKeyPairSync('ec', { namedCurve })
}

/** The key as a provider publishes it; `more` adds members or, given undefined, leaves one out. */
export function jwkOf(key: TestKey, more: Json = {}): Json {
  return {
    ...key.publicKey.export({ format: 'jwk' }),
    kid: key.keyId,
    use: 'sig',
    alg: key.algorithm,
    ...more,
  }
}

export function keySetOf(...keys: readonly (TestKey | Json)[]): string {
  return JSON.stringify({ keys: keys.map(key => ('publicKey' in key ? jwkOf(key as TestKey) : key)) })
}

/** Signs any header and claims, sensible or not; text is taken as it is. */
export function signToken(key: TestKey, claims: Json | string, header: Json | string = {}): string {
  const full =
    typeof header === 'string' ? header : { alg: key.algorithm, typ: 'JWT', kid: key.keyId, ...header }
  const input = `${encodePart(full)}.${encodePart(claims)}`
  return `${input}.${signatureOf(key, input)}`
}

export function encodePart(part: Json | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

function signatureOf(key: TestKey, input: string): string {
  const { algorithm, privateKey } = key
  const digest = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`
  const options = algorithm.startsWith('ES')
    ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
    : algorithm.startsWith('PS')
      ? { key: privateKey, padding: 6, saltLength: Number(algorithm.slice(2)) / 8 }
      : privateKey
  return sign(digest, Buffer.from(input), options).toString('base64url')
}

/** An issuer whose every bound is a round number. */
export function makeIssuer(more: Partial<Issuer> = {}): Issuer {
  return {
    issuer: 'https://id.example/v2.0/',
    jwksUri: 'https://id.example/keys',
    discoveryUri: null,
    audiences: ['postern'],
    algorithms: ['ES256'],
    types: ['jwt', 'at+jwt'],
    policies: [],
    clockSkewMs: 10_000,
    lifetimeMsMax: 3_600_000,
    subjectClaim: 'sub',
    tenantClaim: 'tenant',
    sessionClaim: 'sid',
    ...more,
  }
}

/** Claims that this issuer's tokens are accepted with, for ten minutes from `nowMs` on. */
export function makeClaims(issuer: Issuer, nowMs: number, more: Json = {}): Json {
  const now = Math.floor(nowMs / 1000)
  const aud = issuer.audiences[0]
  return { iss: issuer.issuer, aud, sub: 'user-1', tenant: 'acme', iat: now, exp: now + 600, ...more }
}

export type KeySetServer = {
  readonly origin: string
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[]
  /** What every later request is answered with: a body, or whatever the function does. */
  respond: (answer: string | ((request: IncomingMessage, response: ServerResponse) => void)) => void
  readonly close: () => Promise<void>
}

/** A provider on loopback that answers as a test tells it to. */
export async function startKeySetServer(body: string): Promise<KeySetServer> {
  let answer: string | ((request: IncomingMessage, response: ServerResponse) => void) = body
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (typeof answer === 'string') response.end(answer)
    else answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    respond: next => {
      answer = next
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
