import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessDocument, AccessQuestion, TenantState } from '../../src/access/document.ts'
import { namesTenant } from '../../src/access/tenant-reference.ts'
import type { ProxyConfig } from '../../src/config/config.ts'
import type { RunningProxy } from '../../src/proxy/wire.ts'
import { startProxy } from '../../src/proxy/wire.ts'
import { accessDocument, acme, globex, lab } from './access.ts'
import { call } from './caller.ts'
import { configText, proxyConfig } from './config-text.ts'
import type { ControlServerParts } from './control-server.ts'
import { startControlServer } from './control-server.ts'
import type { RawClient } from './raw-client.ts'
import { rawClient } from './raw-client.ts'
import type { Teardown } from './raw-peer.ts'
import { seriesIn } from './series.ts'
import type { Json, KeySetServer, TestKey } from './tokens.ts'
import { keySetOf, makeKey, signToken, startKeySetServer } from './tokens.ts'
import { until } from './until.ts'

export type SidecarParts = {
  /** Where the service is, a recorder for example. */
  readonly origin: string
  /** In place of sidecarRoutes, the section as an operator writes it. */
  readonly routes?: string
  /** Sections of the configuration that replace or follow those of every sidecar here (config-text.ts). */
  readonly sections?: Readonly<Record<string, string>>
  /** The configuration, changed for this test. */
  readonly configure?: (config: ProxyConfig) => ProxyConfig
  /** The control plane, changed for this test. */
  readonly control?: (honest: Required<Pick<ControlServerParts, 'load' | 'list'>>) => ControlServerParts
  /** In both tenants; none by default. */
  readonly limits?: TenantState['limits']
}

/** A whole sidecar, with a key server and a control plane on real sockets, and neither Postgres nor Redis. */
export type Sidecar = {
  readonly proxy: RunningProxy
  readonly config: ProxyConfig
  /** Of the traffic port. */
  readonly port: number
  readonly connect: () => Promise<RawClient>
  /** A good token of `owner`, `admin`, `member` or `guest` of `acme` or `globex`; `more` changes its claims. */
  readonly token: (tenant: TenantSlug, user: SidecarUser, more?: Json) => string
  /** What `token` signs with; its public half is the key set. */
  readonly key: TestKey
  readonly issuer: string
  readonly keyServer: KeySetServer
  /** All lines that were written so far, parsed. */
  readonly log: () => Readonly<Record<string, unknown>>[]
  /** The same as it was written. */
  readonly logText: () => string
  /** The value of a series by its whole name, labels included; 0 where it is not there yet. */
  readonly metric: (series: string) => Promise<number>
}

export type TenantSlug = keyof typeof tenants
export type SidecarUser = keyof typeof permissions

export const tenants = Object.freeze({ acme, globex })

const permissions = Object.freeze({
  guest: ['self:read'],
  member: ['self:read', 'notes:read', 'notes:write', 'socket:open'],
  admin: ['self:read', 'notes:read', 'notes:write', 'socket:open', 'members:write'],
  owner: ['self:read', 'notes:read', 'notes:write', 'socket:open', 'members:write', 'billing:write'],
})

/** Every way to name a tenant, each method, a public route, an upgrade. */
export const sidecarRoutes = `routes:
${['GET', 'OPTIONS'].map(method => route(`${method} /notes`, 'notes:read')).join('\n')}
${['POST', 'PUT', 'PATCH', 'DELETE'].map(method => route(`${method} /notes`, 'notes:write')).join('\n')}
${['GET', 'DELETE'].map(method => route(`${method} /notes/{note_id}`, 'notes:read')).join('\n')}
${['PUT', 'PATCH'].map(method => route(`${method} /notes/{note_id}`, 'notes:write')).join('\n')}
${route('GET /whoami', 'self:read')}
${route('POST /members', 'members:write')}
${route('POST /billing', 'billing:write')}
${route('GET /tenants/{tenant_id}/notes', 'notes:read')}
    selectors: { tenant: ["path:tenant_id"] }
${route('GET /workspaces/{workspace_id}/notes', 'notes:read')}
    scope: workspace
    selectors: { workspace: ["path:workspace_id"] }
${route('GET /socket', 'socket:open')}
    upgrade: websocket
  - match: GET /health
    public: true`

function route(match: string, permission: string): string {
  return `  - match: ${match}\n    permission: ${permission}\n    isolation: assertion`
}

const loopback = '{ host: 127.0.0.1, port: 0 }'

/** Starts it in a fraction of a second; everything is closed at the end of the test. */
export async function startSidecar(t: Teardown, parts: SidecarParts): Promise<Sidecar> {
  const key = makeKey('k1')
  const keyServer = await startKeySetServer(keySetOf(key))
  t.teardown(() => keyServer.close())
  const issuer = `${keyServer.origin}/`
  const honest = {
    load: async (asked: AccessQuestion) => accessOf(asked, issuer, parts.limits ?? []),
    list: async () => [],
  }
  const control = await startControlServer(t, {
    signsDocuments: true,
    ...honest,
    read: async ids => new Map(ids.map(id => [id, 1])),
    ...parts.control?.(honest),
  })
  const config = proxyConfig(
    configText({
      listen: `listen: { traffic: ${loopback}, metrics: ${loopback}, admin: ${loopback} }`,
      upstream: `upstream:\n  url: ${parts.origin}\n  connectTimeoutMs: 2000`,
      // A busy machine is no reason to answer 503 in a test of something else.
      control: `control:\n  url: ${control.url}\n  tokenFile: token\n  timeoutMs: 5000`,
      issuers: `issuers:\n  - issuer: ${issuer}\n    jwksUri: ${issuer}keys\n    audiences: [postern]\n    algorithms: [ES256]\n    claims: { tenant: tenant }`,
      drain: 'drain: { delayMs: 0, timeoutMs: 1000 }',
      routes: parts.routes ?? sidecarRoutes,
      ...parts.sections,
    }),
  )
  const settled = parts.configure?.(config) ?? config
  const directory = mkdtempSync(join(tmpdir(), 'postern-sidecar-'))
  const logFile = join(directory, 'sidecar.log')
  const proxy = await startProxy(settled, { logTo: logFile })
  t.teardown(async () => {
    await proxy.close()
    rmSync(directory, { recursive: true })
  })
  const port = Number(new URL(proxy.addresses.traffic).port)
  const scrape = async () => (await call(proxy.addresses.metrics, '/metrics')).text
  // On a busy machine it listens before its first lists are there; a test of something else must not meet a 503.
  await until('keys and revocations are loaded', async () => {
    const text = await scrape()
    return loadedLists(issuer, settled.control.url).every(
      series => text.includes(`\n${series} `) && !text.includes(`\n${series} NaN`),
    )
  })
  return {
    proxy,
    config: settled,
    port,
    key,
    issuer,
    keyServer,
    connect: async () => {
      const client = await rawClient(port)
      t.teardown(() => client.hangUp())
      return client
    },
    token: (tenant, user, more) => signToken(key, claimsOf(issuer, tenant, user, more)),
    log: () => (existsSync(logFile) ? linesOf(readFileSync(logFile, 'utf8')) : []),
    logText: () => readFileSync(logFile, 'utf8'),
    metric: async series => seriesIn(await scrape(), series),
  }
}

function loadedLists(...issuers: readonly string[]): string[] {
  const ages = issuers.map(issuer => `postern_key_set_age_seconds{issuer="${issuer}"}`)
  return [...ages, 'postern_revocation_list_age_seconds']
}

export function claimsOf(issuer: string, tenant: TenantSlug, user: SidecarUser, more: Json = {}): Json {
  const now = Math.floor(Date.now() / 1000)
  return { iss: issuer, aud: 'postern', sub: `${user}@${tenant}`, tenant, iat: now, exp: now + 600, ...more }
}

/** Subjects name their tenant and their role; nobody has a place in another tenant. */
function accessOf(
  { subject, tenantRef, issuer: asking }: AccessQuestion,
  issuer: string,
  limits: TenantState['limits'],
): AccessDocument | null {
  const [user, slug] = subject.split('@') as [SidecarUser, TenantSlug]
  if (asking !== issuer || !Object.hasOwn(permissions, user) || !Object.hasOwn(tenants, slug)) return null
  const tenant = tenants[slug]
  if (!namesTenant(tenantRef, tenant)) return null
  return accessDocument({
    tenant: { ...tenant, limits },
    principal: { issuer, subject, userId: userIdOf(slug, user) },
    issuedAtMs: Date.now(),
    role: user,
    permissions: permissions[user],
    workspaces: [{ ...lab, role: user, permissions: permissions[user] }],
  })
}

/** What the service is told of this user. */
export function userIdOf(tenant: TenantSlug, user: SidecarUser): string {
  const number = Object.keys(permissions).indexOf(user)
  return `0190c000-0000-7000-8000-0000000000${tenant === 'acme' ? 'a' : 'b'}${number}`
}

/** The last line may be half written. */
function linesOf(text: string): Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
}
