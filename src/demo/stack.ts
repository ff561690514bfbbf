import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startConfiguredControl } from '../control/wire-config.ts'
import type { Clock } from '../lib/clock.ts'
import { startProxy } from '../proxy/wire.ts'
import { createMemoryDocumentStore } from '../store/memory/document-store.ts'
import { createMemoryFeed } from '../store/memory/feed.ts'
import { migrate } from '../store/postgres/migrate.ts'
import type { Log } from '../telemetry/log.ts'
import { demoConfig } from './demo-config.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { startIdentityProvider } from './identity-provider.ts'
import { runtimePasswordOf } from './runtime-password.ts'
import { demoUsers, seed } from './seeds.ts'
import { startDemoUpstream } from './upstream.ts'

export type StackOptions = {
  /** Postgres, as its owner. */
  readonly databaseUrl: string
  /** Null shares documents and limits inside this process only. */
  readonly redisUrl: string | null
  /** Instead of the demo's own service. */
  readonly upstreamUrl: string | null
  /** 0 takes a free one. */
  readonly ports: Readonly<Record<StackPort, number>>
  readonly clock: Clock
  readonly log: Log
  /** The file for the sidecar's log lines. */
  readonly logTo: string
  readonly progress: (line: string) => void
}

export type StackPort = 'traffic' | 'metrics' | 'admin' | 'control' | 'issuer' | 'upstream'

export type Stack = {
  readonly addresses: {
    readonly traffic: string
    readonly metrics: string
    readonly admin: string
    readonly control: string
    readonly issuer: string
    readonly upstream: string
    readonly tokenEndpoint: string
  }
  readonly drain: () => Promise<void>
  readonly close: () => Promise<void>
}

const hourMs = 3_600_000
const host = '127.0.0.1'
const demoPassword = 'demo'
const sidecarSubject = 'system:serviceaccount:demo:notes'

/** Starts the whole product in this process, on stores that run already, with an identity provider and a service. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { clock, ports, progress, log } = options
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.toReversed()) await closer()
  }
  try {
    const directory = mkdtempSync(join(tmpdir(), 'postern-demo-'))
    closers.push(() => rmSync(directory, { recursive: true, force: true }))

    const issuer = await startIdentityProvider({
      host,
      port: ports.issuer,
      clock,
      users: demoUsers,
      password: demoPassword,
      userTokenLifetimeMs: hourMs,
      serviceAccountTokenLifetimeMs: hourMs,
    })
    closers.push(issuer.close)
    progress(`identity provider ${issuer.issuer}`)

    const runtimePassword = runtimePasswordOf(options.databaseUrl)
    const applied = await migrate({ ownerUrl: options.databaseUrl, runtimePassword, clock, log })
    await seed(options.databaseUrl, issuer.issuer, log)
    progress(`database ready (${applied.length} migrations applied, seeds in place)`)

    const passwordFile = join(directory, 'database-password')
    writeFileSync(passwordFile, runtimePassword, { mode: 0o600 })
    const shared = options.redisUrl === null ? insteadOfRedis(clock) : {}
    const control = await startConfiguredControl(
      demoConfig.control({
        POSTERN_DEMO_CONTROL_PORT: String(ports.control),
        POSTERN_DEMO_DATABASE: runtimeUrl(options.databaseUrl),
        POSTERN_DEMO_DATABASE_PASSWORD_FILE: passwordFile,
        POSTERN_DEMO_REDIS: options.redisUrl ?? '',
        POSTERN_DEMO_CLUSTER_ISSUER: issuer.serviceAccounts.issuer,
        POSTERN_DEMO_CLUSTER_JWKS: issuer.serviceAccounts.jwksUri,
        POSTERN_DEMO_CLUSTER_AUDIENCE: issuer.serviceAccounts.audience,
      }),
      { ...shared, log, clock },
    )
    closers.push(control.close)
    progress(`control plane ${control.url}`)

    const upstreamUrl = options.upstreamUrl ?? (await startUpstream(ports.upstream, clock, closers))
    progress(`service ${upstreamUrl}`)

    const tokenFile = join(directory, 'control-token')
    closers.push(await keepToken(issuer, tokenFile, clock))
    const proxy = await startProxy(
      demoConfig.proxy({
        POSTERN_DEMO_UPSTREAM: upstreamUrl,
        POSTERN_DEMO_CONTROL: control.url,
        POSTERN_DEMO_CONTROL_TOKEN_FILE: tokenFile,
        POSTERN_DEMO_ISSUER: issuer.issuer,
        POSTERN_DEMO_JWKS: issuer.jwksUri,
        POSTERN_DEMO_REDIS: options.redisUrl ?? '',
        POSTERN_DEMO_AUDIENCE: issuer.audience,
        POSTERN_DEMO_POLICY: issuer.policy,
        POSTERN_DEMO_TRAFFIC_PORT: String(ports.traffic),
        POSTERN_DEMO_METRICS_PORT: String(ports.metrics),
        POSTERN_DEMO_ADMIN_PORT: String(ports.admin),
      }),
      { ...shared, logTo: options.logTo },
    )
    closers.push(proxy.close)
    progress(`sidecar ${proxy.addresses.traffic}`)
    return {
      addresses: {
        ...proxy.addresses,
        control: control.url,
        issuer: issuer.issuer,
        upstream: upstreamUrl,
        tokenEndpoint: issuer.tokenEndpoint,
      },
      drain: proxy.drain,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function startUpstream(port: number, clock: Clock, closers: (() => unknown)[]): Promise<string> {
  const upstream = await startDemoUpstream({ host, port, clock })
  closers.push(upstream.close)
  return upstream.url
}

/** Writes the sidecar's token for the control plane, and a new one in time, as the kubelet does. */
async function keepToken(issuer: IdentityProvider, file: string, clock: Clock): Promise<() => void> {
  let cancel = () => {}
  const write = async () => {
    writeFileSync(file, await issuer.serviceAccountToken(sidecarSubject), { mode: 0o600 })
    cancel = clock.after(hourMs / 2, () => void write().catch(() => {}))
  }
  await write()
  return () => cancel()
}

/** What the control plane and the sidecar share within this process. */
function insteadOfRedis(clock: Clock) {
  const documentStore = createMemoryDocumentStore({
    documentsMax: 10_000,
    charactersMax: 64 * 1024 * 1024,
    clock,
  })
  const feed = createMemoryFeed({ documents: documentStore, clock, everyMs: 1000 })
  return { documentStore, feed }
}

/** The same database as the role that the control plane runs as. */
function runtimeUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = 'postern_runtime'
  url.password = ''
  return url.href
}
