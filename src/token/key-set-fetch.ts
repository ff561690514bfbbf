import type { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import type { Issuer } from './issuer.ts'
import type { KeySetFetch } from './key-source.ts'

export type KeySetFetchOptions = {
  /** The largest discovery document or key set that is read. */
  readonly bodyBytesMax: number
  /** Bounds connect and silence on the connection; the key source bounds the whole. */
  readonly timeoutMs: number
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Fetches one issuer's key set over HTTP, from a connection of its own. Only addresses from the configuration are asked:
 * redirects are refused, proxies in the environment are not looked at, and a discovery document may send us only to its
 * own origin (threat 54). Nothing is decompressed and nothing past the bound is read (threat 60).
 */
export function createKeySetFetch(issuer: Issuer, options: KeySetFetchOptions): KeySetFetch {
  const agent = new Agent({
    connections: 1,
    allowH2: false,
    connect: { timeout: options.timeoutMs },
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: options.bodyBytesMax,
  })
  return {
    fetch: async signal => get(await keySetUri(signal), signal),
    close: () => agent.destroy(),
  }

  async function keySetUri(signal: AbortSignal): Promise<string> {
    if (issuer.jwksUri !== null) return issuer.jwksUri
    if (issuer.discoveryUri === null)
      throw new Error('the issuer has neither a key set nor a discovery address')
    return jwksUriOf(await get(issuer.discoveryUri, signal), issuer.issuer, issuer.discoveryUri)
  }

  async function get(uri: string, signal: AbortSignal): Promise<string> {
    const { statusCode, headers, body } = await request(uri, { dispatcher: agent, signal, headers: asked })
    if (statusCode !== 200) throw leave(body, `the provider answered ${statusCode}`)
    if ((headers['content-encoding'] ?? 'identity') !== 'identity')
      throw leave(body, 'the answer is compressed')
    return strictUtf8.decode(await body.bytes())
  }
}

const asked = { accept: 'application/json, application/jwk-set+json', 'accept-encoding': 'identity' }

/** Cuts a body that nobody will read; what it says of that has no other listener. */
function leave(body: Readable, reason: string): Error {
  body.on('error', () => {})
  body.destroy()
  return new Error(reason)
}

/** OpenID Connect Discovery 1.0 §4.3: the document must name exactly the issuer it was asked about. */
function jwksUriOf(text: string, issuer: string, discoveryUri: string): string {
  const document: unknown = JSON.parse(text)
  if (typeof document !== 'object' || document === null)
    throw new Error('the discovery document is not an object')
  const { issuer: named, jwks_uri: jwksUri } = document as Readonly<Record<string, unknown>>
  if (named !== issuer) throw new Error('the discovery document names another issuer')
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri))
    throw new Error('the discovery document has no jwks_uri')
  if (new URL(jwksUri).origin !== new URL(discoveryUri).origin)
    throw new Error('jwks_uri is at another origin')
  return jwksUri
}
