import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Clock } from '../lib/clock.ts'
import type { DemoKey } from './identity-keys.ts'

/** One person of the directory, who signs in as `name@tenantSlug.example`. */
export type DirectoryUser = {
  readonly tenantId: string
  readonly tenantSlug: string
  readonly name: string
  /** Becomes `sub` and `oid`. */
  readonly objectId: string
  readonly displayName: string
}

export type B2cOptions = {
  readonly origin: string
  readonly clock: Clock
  readonly key: DemoKey
  readonly users: readonly DirectoryUser[]
  readonly password: string
  readonly tokenLifetimeMs: number
}

export type B2cDirectory = {
  readonly issuer: string
  readonly audience: string
  readonly policy: string
  readonly discoveryPath: string
  readonly jwksPath: string
  readonly tokenPath: string
  readonly discoveryDocument: () => object
  readonly keySet: () => object
  /** Answers a resource owner password grant, given as the fields of its form. */
  readonly grant: (form: URLSearchParams) => Promise<{ readonly status: number; readonly body: object }>
  /** Signs an access token; one that has expired by asking for an age beyond its lifetime. Null for a stranger. */
  readonly userToken: (username: string, ageMs?: number) => Promise<string | null>
}

const directoryName = 'posterndemo.onmicrosoft.com'
const directoryId = '5a1c0de0-0000-4000-8000-00000000b2c0'
const clientId = '5a1c0de0-0000-4000-8000-0000000000a1'
const policy = 'B2C_1_ROPC_Auth'

/**
 * A directory that speaks as Azure AD B2C does where a client can notice: the policy is in every path but not in the
 * issuer, which ends in a slash; published keys carry no `alg`; numbers of a token response are strings; an access
 * token is issued only for a scope beside `openid`; errors are AADB2C codes with a correlation id.
 */
export function createB2cDirectory(options: B2cOptions): B2cDirectory {
  const { origin, clock, key, password, tokenLifetimeMs } = options
  const base = `/${directoryName}/${policy}`
  const issuer = `${origin}/${directoryId}/v2.0/`
  const startedAtSeconds = Math.floor(clock.nowMs() / 1000)
  const users = new Map(options.users.map(user => [usernameOf(user), user]))
  const paths = {
    discoveryPath: `${base}/v2.0/.well-known/openid-configuration`,
    jwksPath: `${base}/discovery/v2.0/keys`,
    tokenPath: `${base}/oauth2/v2.0/token`,
  }

  return {
    issuer,
    audience: clientId,
    policy,
    ...paths,
    discoveryDocument: () => ({
      issuer,
      authorization_endpoint: `${origin}${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${origin}${paths.tokenPath}`,
      end_session_endpoint: `${origin}${base}/oauth2/v2.0/logout`,
      jwks_uri: `${origin}${paths.jwksPath}`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      response_types_supported: [
        'code',
        'code id_token',
        'code token',
        'id_token',
        'token',
        'token id_token',
      ],
      scopes_supported: ['openid'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      claims_supported: [
        'name',
        'emails',
        'extension_TenantId',
        'oid',
        'sub',
        'tfp',
        'iss',
        'iat',
        'exp',
        'aud',
      ],
    }),
    keySet: () => ({
      keys: [
        { kid: key.keyId, nbf: startedAtSeconds, use: 'sig', kty: 'RSA', e: key.exponent, n: key.modulus },
      ],
    }),
    grant,
    userToken: async (username, ageMs = 0) => {
      const user = users.get(username)
      return user === undefined ? null : key.sign(claimsOf(user, ageMs, { azp: clientId }))
    },
  }

  async function grant(form: URLSearchParams) {
    const problem = whyRefused(form)
    if (problem !== null) return refuse(problem)
    const user = users.get((form.get('username') ?? '').toLowerCase())
    if (user === undefined || form.get('password') !== password) return refuse(badCredentials)
    return { status: 200, body: await tokensFor(user, scopesOf(form), form.get('nonce')) }
  }

  async function tokensFor(
    user: DirectoryUser,
    scopes: readonly string[],
    nonce: string | null,
  ): Promise<object> {
    const asked = nonce === null ? {} : { nonce }
    const idToken = await key.sign(claimsOf(user, 0, asked))
    const lifetime = String(tokenLifetimeMs / 1000)
    if (!scopes.includes(clientId)) {
      const notBefore = Math.floor(clock.nowMs() / 1000)
      return {
        id_token: idToken,
        token_type: 'Bearer',
        not_before: notBefore,
        id_token_expires_in: lifetime,
        scope: 'openid',
      }
    }
    const accessToken = await key.sign(claimsOf(user, 0, { ...asked, azp: clientId }))
    return { access_token: accessToken, token_type: 'Bearer', expires_in: lifetime, id_token: idToken }
  }

  function claimsOf(user: DirectoryUser, ageMs: number, more: JWTPayload): JWTPayload {
    const issuedAt = Math.floor((clock.nowMs() - ageMs) / 1000)
    return {
      ver: '1.0',
      iss: issuer,
      aud: clientId,
      sub: user.objectId,
      oid: user.objectId,
      iat: issuedAt,
      nbf: issuedAt,
      auth_time: issuedAt,
      exp: issuedAt + Math.floor(tokenLifetimeMs / 1000),
      idp: 'LocalAccount',
      tfp: policy,
      name: user.displayName,
      emails: [usernameOf(user)],
      extension_TenantId: user.tenantId,
      ...more,
    }
  }

  function refuse(problem: B2cError) {
    // biome-ignore lint/style/noRestrictedGlobals: formats the time that the clock gave.
    const timestamp = new Date(clock.nowMs()).toISOString().replace('T', ' ').replace(/\.\d+/, '')
    const trail = `Correlation ID: ${randomUUID()}\r\nTimestamp: ${timestamp}\r\n`
    const body = { error: problem.error, error_description: `${problem.description}\r\n${trail}` }
    return { status: 400, body }
  }
}

type B2cError = { readonly error: string; readonly description: string }

const badCredentials = b2cError(
  'access_denied',
  'AADB2C90225: The username or password provided in the request are invalid.',
)

/** The texts are those of Microsoft's list of B2C error codes; what the request said is not repeated. */
function whyRefused(form: URLSearchParams): B2cError | null {
  const scopes = scopesOf(form)
  if (!form.has('client_id')) {
    return b2cError('invalid_request', 'AADB2C90008: The request does not contain a client ID parameter.')
  }
  if (form.get('client_id') !== clientId) {
    const text = `AADB2C90018: The client ID specified in the request is not registered in tenant '${directoryName}'.`
    return b2cError('unauthorized_client', text)
  }
  if (form.get('grant_type') !== 'password') {
    return b2cError('unsupported_grant_type', 'AADB2C90086: The supplied grant_type is not supported.')
  }
  if (scopes.length === 0) {
    return b2cError('invalid_request', 'AADB2C90010: The request does not contain a scope parameter.')
  }
  if (!scopes.includes('openid') || scopes.some(scope => !knownScopes.includes(scope))) {
    return b2cError('invalid_scope', 'AADB2C90012: The scope provided in request is not supported.')
  }
  return null
}

const knownScopes = ['openid', 'offline_access', clientId]

function scopesOf(form: URLSearchParams): readonly string[] {
  return (form.get('scope') ?? '').split(' ').filter(scope => scope !== '')
}

function usernameOf(user: DirectoryUser): string {
  return `${user.name}@${user.tenantSlug}.example`
}

function b2cError(error: string, description: string): B2cError {
  return { error, description }
}
