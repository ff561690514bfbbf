import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startConfiguredControl } from '../../src/control/wire-config.ts'
import { demoConfig } from '../../src/demo/demo-config.ts'
import { startIdentityProvider } from '../../src/demo/identity-provider.ts'
import { startPostgres } from '../../src/demo/postgres.ts'
import { startRedis } from '../../src/demo/redis.ts'
import { runtimePasswordOf } from '../../src/demo/runtime-password.ts'
import { seed } from '../../src/demo/seeds.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { migrate } from '../../src/store/postgres/migrate.ts'
import type { Log } from '../../src/telemetry/log.ts'
import type { BenchUser } from './population.ts'
import { settle } from './population.ts'

export type BackOptions = {
  readonly users: readonly BenchUser[]
  /** Stores that run already; undefined starts one. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** Of a Postgres that is started, each as name=value. */
  readonly settings?: readonly string[]
  /** Fills the database further, before there is a control plane. */
  readonly fill?: (ownerUrl: string) => Promise<unknown>
  /** Starts the control plane; `variables` are what config/demo-control.yaml wants to know. */
  readonly startControl: (
    variables: Variables,
  ) => Promise<{ readonly url: string; readonly close: () => unknown }>
}

export type Variables = Readonly<Record<string, string>>

/** Everything behind and beside the sidecar but the service: stores, control plane, identity provider. */
export type Back = {
  /** What config/demo.yaml wants to know; the service's address is missing. */
  readonly variables: Variables
  /** @param ageMs how long ago it was issued: a token of another age is another token */
  readonly tokenOf: (user: BenchUser, ageMs?: number) => Promise<string>
  /** As a superuser, or as whoever DATABASE_URL names. */
  readonly ownerUrl: string
  /** Null where there is none. */
  readonly redisUrl: string | null
}

const host = '127.0.0.1'
const hourMs = 3_600_000
const clock = systemClock
const quiet = () => {}
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: (_, message) => console.error(message) }

/** @param closers takes, as they are started, what ends them; last first */
export async function startBack(
  options: BackOptions,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<Back> {
  const { users, settings = [] } = options
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  closers.push(() => rmSync(directory, { recursive: true, force: true }))
  const postgres = await startPostgres({ databaseUrl: options.databaseUrl, settings, progress })
  closers.push(postgres.close)
  const redis = await startRedis({ redisUrl: options.redisUrl, path: process.env.PATH, progress })
  closers.push(redis.close)
  const issuer = await startIdentityProvider({
    host,
    port: 0,
    clock,
    users,
    password: 'bench',
    userTokenLifetimeMs: hourMs,
    serviceAccountTokenLifetimeMs: hourMs,
  })
  closers.push(issuer.close)

  const runtimePassword = runtimePasswordOf(postgres.url)
  await migrate({ ownerUrl: postgres.url, runtimePassword, clock, log })
  await seed(postgres.url, issuer.issuer, log)
  await options.fill?.(postgres.url)
  await settle(postgres.url, issuer.issuer, users)
  progress(`${users.length} users in ${new Set(users.map(user => user.tenantId)).size} tenants`)

  const passwordFile = join(directory, 'database-password')
  writeFileSync(passwordFile, runtimePassword, { mode: 0o600 })
  const control = await options.startControl({
    POSTERN_DEMO_CONTROL_PORT: '0',
    POSTERN_DEMO_DATABASE: runtimeUrl(postgres.url),
    POSTERN_DEMO_DATABASE_PASSWORD_FILE: passwordFile,
    POSTERN_DEMO_REDIS: redis.url ?? '',
    POSTERN_DEMO_CLUSTER_ISSUER: issuer.serviceAccounts.issuer,
    POSTERN_DEMO_CLUSTER_JWKS: issuer.serviceAccounts.jwksUri,
    POSTERN_DEMO_CLUSTER_AUDIENCE: issuer.serviceAccounts.audience,
  })
  closers.push(control.close)

  const tokenFile = join(directory, 'control-token')
  const sidecar = await issuer.serviceAccountToken('system:serviceaccount:demo:notes')
  writeFileSync(tokenFile, sidecar, { mode: 0o600 })
  return {
    variables: {
      POSTERN_DEMO_CONTROL: control.url,
      POSTERN_DEMO_CONTROL_TOKEN_FILE: tokenFile,
      POSTERN_DEMO_ISSUER: issuer.issuer,
      POSTERN_DEMO_JWKS: issuer.jwksUri,
      POSTERN_DEMO_AUDIENCE: issuer.audience,
      POSTERN_DEMO_POLICY: issuer.policy,
      POSTERN_DEMO_REDIS: redis.url ?? '',
    },
    tokenOf: async (user, ageMs = 0) =>
      (await issuer.userToken(`${user.name}@${user.tenantSlug}.example`, ageMs))!,
    ownerUrl: postgres.url,
    redisUrl: redis.url,
  }
}

/** A control plane in this process. */
export function startControlHere(variables: Variables) {
  return startConfiguredControl(demoConfig.control(variables), { log, clock })
}

function runtimeUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = 'postern_runtime'
  url.password = ''
  return url.href
}
