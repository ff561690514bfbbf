import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import type { B2cDirectory, DirectoryUser } from './identity-b2c.ts'
import { createB2cDirectory } from './identity-b2c.ts'
import { createDemoKey } from './identity-keys.ts'
import type { ServiceAccounts } from './identity-service-accounts.ts'
import { createServiceAccounts } from './identity-service-accounts.ts'

export type IdentityProviderOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly clock: Clock
  readonly users: readonly DirectoryUser[]
  /** Of every user. */
  readonly password: string
  readonly userTokenLifetimeMs: number
  readonly serviceAccountTokenLifetimeMs: number
}

export type IdentityProvider = {
  readonly issuer: string
  readonly jwksUri: string
  readonly discoveryUri: string
  readonly tokenEndpoint: string
  /** The client id: `aud` of user tokens, `client_id` of the grant, and the scope that yields an access token. */
  readonly audience: string
  readonly policy: string
  readonly serviceAccounts: {
    readonly issuer: string
    readonly jwksUri: string
    readonly discoveryUri: string
    readonly audience: string
  }
  /** @param subject `system:serviceaccount:<namespace>:<name>` @param ageMs how long ago it was issued */
  readonly serviceAccountToken: (subject: string, ageMs?: number) => Promise<string>
  /** @param username `name@tenantSlug.example` @param ageMs how long ago it was issued; null for a stranger */
  readonly userToken: (username: string, ageMs?: number) => Promise<string | null>
  readonly close: () => Promise<void>
}

/**
 * Starts the demo's identity provider: a directory that behaves as Azure AD B2C, with a password grant, and beside it a
 * cluster's issuer of service-account tokens. Its keys live in memory. For `postern dev` and tests only.
 */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const [userKey, serviceAccountKey] = await Promise.all([createDemoKey(), createDemoKey()])
  const server = await listen(options.host, options.port)
  const { port } = server.address() as AddressInfo
  const origin = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`
  const { clock, users, password } = options
  const directory = createB2cDirectory({
    origin,
    clock,
    key: userKey,
    users,
    password,
    tokenLifetimeMs: options.userTokenLifetimeMs,
  })
  const serviceAccounts = createServiceAccounts({
    origin,
    clock,
    key: serviceAccountKey,
    tokenLifetimeMs: options.serviceAccountTokenLifetimeMs,
  })
  server.on('request', createHandler(directory, serviceAccounts))

  return {
    issuer: directory.issuer,
    jwksUri: origin + directory.jwksPath,
    discoveryUri: origin + directory.discoveryPath,
    tokenEndpoint: origin + directory.tokenPath,
    audience: directory.audience,
    policy: directory.policy,
    serviceAccounts: {
      issuer: serviceAccounts.issuer,
      jwksUri: origin + serviceAccounts.jwksPath,
      discoveryUri: origin + serviceAccounts.discoveryPath,
      audience: serviceAccounts.audience,
    },
    serviceAccountToken: serviceAccounts.token,
    userToken: directory.userToken,
    close: () => close(server),
  }
}

const formBytesMax = 16_384
const notFound =
  'The resource you are looking for has been removed, had its name changed, or is temporarily unavailable.'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** B2C compares its paths without case; clients spell the policy in either. */
function createHandler(directory: B2cDirectory, serviceAccounts: ServiceAccounts): Handler {
  const documents = new Map<string, () => object>([
    [directory.discoveryPath.toLowerCase(), directory.discoveryDocument],
    [directory.jwksPath.toLowerCase(), directory.keySet],
    [serviceAccounts.discoveryPath, serviceAccounts.discoveryDocument],
    [serviceAccounts.jwksPath, serviceAccounts.keySet],
  ])
  const tokenPath = directory.tokenPath.toLowerCase()

  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!.toLowerCase()
    const document = request.method === 'GET' ? documents.get(path) : undefined
    if (document !== undefined) sendJson(response, 200, document())
    else if (request.method === 'POST' && path === tokenPath) answerGrant(request, response, directory)
    else send(response, 404, 'text/html', notFound)
  }
}

function answerGrant(request: IncomingMessage, response: ServerResponse, directory: B2cDirectory): void {
  readForm(request)
    .then(form => (form === null ? null : directory.grant(form)))
    .then(
      answer => {
        if (answer === null) send(response, 413, 'text/html', 'The request is too large.')
        else sendJson(response, answer.status, answer.body)
      },
      () => response.destroy(),
    )
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  let form = ''
  for await (const chunk of request.setEncoding('utf8')) {
    form += chunk
    if (form.length > formBytesMax) return null
  }
  return new URLSearchParams(form)
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
