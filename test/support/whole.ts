import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ProxyConfig } from '../../src/config/config.ts'
import type { RunningControl } from '../../src/control/wire.ts'
import { startConfiguredControl } from '../../src/control/wire-config.ts'
import { demoConfig } from '../../src/demo/demo-config.ts'
import type { DirectoryUser } from '../../src/demo/identity-b2c.ts'
import type { IdentityProvider } from '../../src/demo/identity-provider.ts'
import { startIdentityProvider } from '../../src/demo/identity-provider.ts'
import { runtimePasswordOf } from '../../src/demo/runtime-password.ts'
import { demoUsers, seed } from '../../src/demo/seeds.ts'
import type { DemoUpstream } from '../../src/demo/upstream.ts'
import { startDemoUpstream } from '../../src/demo/upstream.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { RunningProxy } from '../../src/proxy/wire.ts'
import { startProxy } from '../../src/proxy/wire.ts'
import type { Answer, Call } from './caller.ts'
import { call } from './caller.ts'
import type { TestDatabase } from './database.ts'
import { createTestDatabase, silentLog } from './database.ts'
import { startOwnRedis } from './redis.ts'
import { seriesIn } from './series.ts'
import { until } from './until.ts'

export type WholeParts = {
  /** By default one of its own: tests that charge the same tenant must not meet. */
  readonly redisUrl?: string
  /** Stands between the control plane and Postgres: given where that is, answers how to reach it. */
  readonly throughDatabase?: (ownerUrl: string) => Promise<string>
  /** The same between the sidecar and the control plane, by its URL. */
  readonly throughControl?: (controlUrl: string) => Promise<string>
  /** People that the identity provider signs in beside those of the demo; Postern knows nothing of them. */
  readonly strangers?: readonly DirectoryUser[]
  /** The sidecar's configuration, changed for this test. */
  readonly configure?: (config: ProxyConfig) => ProxyConfig
}

/** What `postern dev` runs, taken apart, so that a test can close one part and look at the others. */
export type Whole = {
  readonly identity: IdentityProvider
  readonly database: TestDatabase
  readonly control: RunningControl
  readonly upstream: DemoUpstream
  readonly proxy: RunningProxy
  readonly config: ProxyConfig
  readonly token: (tenant: string, user: string) => Promise<string>
  /** A request to the traffic port. */
  readonly call: (path: string, made?: Call) => Promise<Answer>
  /** The log line of the request with this id, once it was written. */
  readonly accessLine: (answer: Answer) => Promise<Readonly<Record<string, unknown>>>
  /** All lines written so far. */
  readonly log: () => string
  /** The value of a series by its whole name, labels included; 0 where it is not there yet. */
  readonly metric: (series: string) => Promise<number>
}

const host = '127.0.0.1'
const hourMs = 3_600_000

export async function startWhole(t: Test, parts: WholeParts = {}): Promise<Whole> {
  const clock = systemClock
  const directory = t.testdir({ 'database-password': '', 'control-token': '', 'sidecar.log': '' })
  const file = (name: string) => join(directory, name)
  const redisUrl = parts.redisUrl ?? (await startOwnRedis(t)).url
  const database = await createTestDatabase(t)
  const identity = await startIdentityProvider({
    host,
    port: 0,
    clock,
    users: [...demoUsers, ...(parts.strangers ?? [])],
    password: 'demo',
    userTokenLifetimeMs: hourMs,
    serviceAccountTokenLifetimeMs: hourMs,
  })
  t.teardown(() => identity.close())
  await seed(database.ownerUrl, identity.issuer, silentLog)

  writeFileSync(file('database-password'), runtimePasswordOf(database.ownerUrl))
  const runtimeUrl = withoutPassword(database.runtimeUrl)
  const control = await startConfiguredControl(
    demoConfig.control({
      POSTERN_DEMO_CONTROL_PORT: '0',
      POSTERN_DEMO_DATABASE: (await parts.throughDatabase?.(runtimeUrl)) ?? runtimeUrl,
      POSTERN_DEMO_DATABASE_PASSWORD_FILE: file('database-password'),
      POSTERN_DEMO_REDIS: redisUrl,
      POSTERN_DEMO_CLUSTER_ISSUER: identity.serviceAccounts.issuer,
      POSTERN_DEMO_CLUSTER_JWKS: identity.serviceAccounts.jwksUri,
      POSTERN_DEMO_CLUSTER_AUDIENCE: identity.serviceAccounts.audience,
    }),
    { log: silentLog, clock },
  )
  const closeControl = onlyOnce(control.close)
  t.teardown(closeControl)
  const upstream = await startDemoUpstream({ host, port: 0, clock })
  t.teardown(() => upstream.close())

  writeFileSync(file('control-token'), await identity.serviceAccountToken('system:serviceaccount:demo:notes'))
  const demo = demoConfig.proxy({
    POSTERN_DEMO_UPSTREAM: upstream.url,
    POSTERN_DEMO_CONTROL: (await parts.throughControl?.(control.url)) ?? control.url,
    POSTERN_DEMO_CONTROL_TOKEN_FILE: file('control-token'),
    POSTERN_DEMO_ISSUER: identity.issuer,
    POSTERN_DEMO_JWKS: identity.jwksUri,
    POSTERN_DEMO_REDIS: redisUrl,
    POSTERN_DEMO_TRAFFIC_PORT: '0',
    POSTERN_DEMO_METRICS_PORT: '0',
    POSTERN_DEMO_ADMIN_PORT: '0',
  })
  const config = parts.configure?.(demo) ?? demo
  const proxy = await startProxy(config, { logTo: file('sidecar.log') })
  t.teardown(() => proxy.close())
  const { traffic, metrics } = proxy.addresses
  const log = () => readFileSync(file('sidecar.log'), 'utf8')
  return {
    identity,
    database,
    control: { ...control, close: closeControl },
    upstream,
    proxy,
    config,
    token: async (tenant, user) => (await identity.userToken(`${user}@${tenant}.example`))!,
    call: (path, made) => call(traffic, path, made),
    accessLine: answer =>
      until('the request is in the log', () => lineOf(log(), String(answer.headers['x-request-id']))),
    log,
    metric: async series => seriesIn((await call(metrics, '/metrics')).text, series),
  }
}

export function lineOf(log: string, requestId: string): Record<string, unknown> | null {
  for (const line of log.split('\n').slice(0, -1)) {
    const fields = JSON.parse(line) as Record<string, unknown>
    if (fields.request_id === requestId && 'decision' in fields) return fields
  }
  return null
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  url.password = ''
  return url.href
}

function onlyOnce(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | null = null
  return () => {
    closing ??= close()
    return closing
  }
}
