import { randomBytes } from 'node:crypto'
import { Registry } from 'prom-client'
import { v7 as uuidv7 } from 'uuid'
import type { FeedSubscriber } from '../access/feed.ts'
import { PermissionIndex } from '../access/permission-set.ts'
import type { DocumentStore } from '../access/ports.ts'
import type { ProxyConfig } from '../config/config.ts'
import { redactedConfig } from '../config/redact.ts'
import { redisOptions } from '../config/redis-options.ts'
import { routeRules } from '../config/routes.ts'
import { createCors } from '../http1/cors.ts'
import { systemClock } from '../lib/clock.ts'
import { generateEs256Key } from '../lib/es256.ts'
import { AddressShare } from '../limit/address-share.ts'
import { createLimiter } from '../limit/local-share.ts'
import type { RouteRule } from '../route/rule.ts'
import { createRouteTable } from '../route/table.ts'
import { createAssertionSigner } from '../signing/assertion.ts'
import type { Prover } from '../signing/proof.ts'
import { createProver } from '../signing/prover.ts'
import { createMemoryLimiter } from '../store/memory/limiter.ts'
import type { RedisClient } from '../store/redis/client.ts'
import { createRedisClient } from '../store/redis/client.ts'
import { createRedisDocumentStore } from '../store/redis/document-store.ts'
import { createRedisLimiter } from '../store/redis/limiter.ts'
import { createLog, standardOutput } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createHttpUpstream } from '../upstream/http-upstream.ts'
import { createTunnelOpener } from '../upstream/tunnel.ts'
import type { AddressLimit } from './address-limit.ts'
import { createAddressLimit, unlimitedAddresses } from './address-limit.ts'
import { createAdminServer } from './admin-server.ts'
import { createMetricsServer } from './metrics-server.ts'
import { OpenSockets } from './open-sockets.ts'
import { createPipeline } from './pipeline.ts'
import { createTrafficServer } from './server.ts'
import { createReceive } from './stages/01-receive.ts'
import { createRoute } from './stages/02-route.ts'
import { createAuthenticate } from './stages/03-authenticate.ts'
import { createIdentifyTenant } from './stages/04-identify-tenant.ts'
import { createAuthorize } from './stages/05-authorize.ts'
import { createThrottle } from './stages/06-throttle.ts'
import { createSign } from './stages/07-sign.ts'
import { createForward } from './stages/08-forward.ts'
import { createAnswer } from './stages/09-answer.ts'
import { createRecord } from './stages/10-record.ts'
import { openControl } from './wire-control.ts'
import { openDirectory } from './wire-directory.ts'
import type { Events } from './wire-events.ts'
import { createEvents } from './wire-events.ts'
import { listenToFeed, redisFeed } from './wire-feed.ts'
import { watchStreams } from './wire-streams.ts'
import { trustIssuers } from './wire-tokens.ts'

const clock = systemClock

/** How long the start waits for keys and revocations; without them the sidecar answers 503 until they come. */
const firstListsMs = 1000
const tenantsCountedMax = 10_000
const addressesCountedMax = 10_000

export type ProxySurroundings = {
  /** Instead of the one in Redis: for a control plane in the same process. */
  readonly documentStore?: DocumentStore
  /** Instead of the one in Redis, for the same. */
  readonly feed?: FeedSubscriber
  /** The file that log lines are added to; standard output by default. */
  readonly logTo?: string
}

export type RunningProxy = {
  /** Where each port is, as `http://host:port`. */
  readonly addresses: { readonly traffic: string; readonly metrics: string; readonly admin: string }
  /** Unready, then nothing new, then until everything open has ended or the deadline cuts it. */
  readonly drain: () => Promise<void>
  /** Gives back every port, connection and timer; cuts what is still open. */
  readonly close: () => Promise<void>
}

/**
 * Starts one sidecar: builds every part, in the order in which a request meets them, and binds the three ports. It
 * starts although Redis, the control plane, an identity provider or the service are away. Rejects when a port cannot be
 * bound.
 */
export async function startProxy(
  config: ProxyConfig,
  surroundings: ProxySurroundings = {},
): Promise<RunningProxy> {
  const registry = new Registry()
  const metrics = createMetrics(registry, { tenants: config.metrics.tenants, node: true })
  const log = createLog({
    ...config.log,
    destination: surroundings.logTo ?? standardOutput,
    onDrop: metrics.logLineDropped,
    clock,
  })
  const events = createEvents(log, metrics, clock)
  const { bounds, tenancy, drain } = config

  const rules = routeRules(config)
  const permissions = new PermissionIndex(permissionsOf(rules))
  const caller = openControl(config, clock)
  const tokens = trustIssuers(config, { caller, clock, events })
  const redis = config.redis === null ? null : connectRedis(config.redis, events)
  const documentStore =
    surroundings.documentStore ?? (redis === null ? null : createRedisDocumentStore(redis))
  const directory = openDirectory(config, { caller, permissions, store: documentStore, clock, events })
  const streams = watchStreams(config, { ...tokens, directory, permissions, clock })
  const feed = listenToFeed(config, {
    ...tokens,
    subscriber: surroundings.feed ?? (config.redis === null ? null : redisFeed(config.redis, clock, events)),
    caller,
    directory,
    streams,
    clock,
    events,
  })
  const addresses = limitAddresses(config, events)
  const cors = createCors(config.cors)
  const sockets = new OpenSockets({ socketsMax: bounds.sockets, perTenantMax: bounds.socketsPerTenant })
  metrics.sockets.watch(() => sockets.size)
  const prover = proverOf(config)
  const upstream = createHttpUpstream({
    origin: config.upstream.url,
    connections: config.upstream.connections,
    waitingMax: config.upstream.waiting,
    waitTimeoutMs: config.upstream.waitTimeoutMs,
    keepAliveMs: config.upstream.keepAliveMs,
    connectTimeoutMs: config.upstream.connectTimeoutMs,
    headBytesMax: config.upstream.headBytes,
    clock,
  })

  const handle = createPipeline(
    {
      receive: createReceive({
        bounds: {
          headerCountMax: bounds.headerCount,
          headerBytesMax: bounds.headerBytes,
          targetBytesMax: bounds.targetBytes,
        },
        tenantHeader: tenancy.tenantHeader,
        workspaceHeader: tenancy.workspaceHeader,
        accessVersionHeader: tenancy.accessVersionHeader,
        reservedPrefix: tenancy.reservedPrefix,
        aliases: Object.values(tenancy.aliases).flat(),
        passFields: tenancy.passFields,
        trustedHops: bounds.trustedHops,
        newRequestId: uuidv7,
        randomBytes,
      }),
      route: createRoute(createRouteTable(rules), cors),
      authenticate: createAuthenticate({ verifier: tokens.verifier, addresses }),
      identifyTenant: createIdentifyTenant({
        directory,
        revocations: tokens.revocations,
        events: { ...events.crossTenant, ...events.breakGlass },
      }),
      authorize: createAuthorize({ permissions, events: events.crossTenant }),
      throttle: createThrottle({
        limiter: createLimiter({
          shared: redis === null ? null : createRedisLimiter(redis),
          local: createMemoryLimiter({ tenantsMax: tenantsCountedMax, clock }),
          share: config.limits.localShare,
        }),
        addresses,
      }),
      sign: createSign({ prover }),
      forward: createForward({
        upstream,
        streams,
        sockets,
        cors,
        clock,
        settings: {
          reservedPrefix: tenancy.reservedPrefix,
          ageHeader: tenancy.accessAgeHeader,
          clientStallMs: bounds.clientStallMs,
        },
      }),
      answer: createAnswer({ realm: 'postern', cors }),
      record: createRecord({ log, metrics: metrics.requests, clock }),
    },
    clock,
  )

  const traffic = createTrafficServer({
    handle,
    openTunnel: createTunnelOpener({
      origin: config.upstream.url,
      connectTimeoutMs: config.upstream.connectTimeoutMs,
      handshakeTimeoutMs: config.upstream.handshakeTimeoutMs,
      closeTimeoutMs: config.upstream.closeTimeoutMs,
      headBytesMax: config.upstream.headBytes,
      clock,
    }),
    clock,
    bounds: {
      headerBytesMax: bounds.headerBytes,
      headTimeoutMs: bounds.headTimeoutMs,
      keepAliveMs: bounds.keepAliveMs,
      connectionsMax: bounds.connections,
      connectionsPerAddressMax: bounds.connectionsPerAddress,
      bodyPace: { idleMs: bounds.bodyIdleMs, bytesPerSecondMin: bounds.bodyBytesPerSecond },
      pipelinedMax: bounds.pipelined,
      lingerMs: bounds.lingerMs,
      lingerBytesMax: bounds.lingerBytes,
    },
    newRequestId: uuidv7,
    events: events.traffic,
  })
  let listening = false
  const isReady = () => listening && !traffic.isDraining()
  const metricsServer = createMetricsServer({ isReady, metrics: registry, onFailure: events.sidePortFailed })
  const effective = redactedConfig(config)
  const admin = createAdminServer({ prover, config: () => effective, onFailure: events.sidePortFailed })

  const close = async () => {
    await Promise.allSettled([traffic.close(), metricsServer.close(), admin.close()])
    streams.close()
    await feed.close()
    await Promise.allSettled([upstream.close(), tokens.close(), directory.close(), caller.close()])
    redis?.close()
    await log.close()
  }
  try {
    await atMost(firstListsMs, Promise.all([tokens.started, directory.started]))
    const { listen } = config
    const metricsAddress = await metricsServer.listen(listen.metrics.host, listen.metrics.port)
    const adminAddress = await admin.listen(listen.admin.host, listen.admin.port)
    await traffic.listen(listen.traffic.host, listen.traffic.port)
    listening = true
    const addresses = {
      traffic: httpUrl(listen.traffic.host, traffic.address().port),
      metrics: httpUrl(listen.metrics.host, metricsAddress.port),
      admin: httpUrl(listen.admin.host, adminAddress.port),
    }
    log.info({ ...addresses, service: config.service.name }, 'the sidecar listens')
    return { addresses, drain: () => traffic.drain(drain.delayMs, drain.timeoutMs), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits with a timer that keeps the process alive: where everything is away, nothing else does before a port is bound. */
function atMost(delayMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, delayMs)
    work.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function connectRedis(redis: NonNullable<ProxyConfig['redis']>, events: Events): RedisClient {
  return createRedisClient({
    ...redisOptions(redis),
    name: 'postern-proxy',
    clock,
    events: events.redis,
  })
}

function limitAddresses({ bounds }: ProxyConfig, events: Events): AddressLimit {
  if (bounds.unprovenPerAddressPerSecond === 0) return unlimitedAddresses
  const share = new AddressShare({
    perSecond: bounds.unprovenPerAddressPerSecond,
    togetherPerSecond: bounds.unprovenPerSecond,
    addressesMax: addressesCountedMax,
    clock,
  })
  events.watchAddresses(share)
  return createAddressLimit(share, bounds.trustedHops)
}

function proverOf(config: ProxyConfig): Prover {
  const lifetimeMs = config.assertion.lifetimeSeconds * 1000
  const key = generateEs256Key()
  const { issuer } = config.assertion
  const sign = createAssertionSigner({ key, issuer, audience: config.service.name, lifetimeMs })
  const { reservedPrefix, aliases } = config.tenancy
  return createProver({ key, sign, lifetimeMs, prefix: reservedPrefix, aliases, clock })
}

function permissionsOf(rules: readonly RouteRule[]): string[] {
  return rules.flatMap(({ permission }) => (permission === null ? [] : [permission]))
}

/** An address that can be dialled: a wildcard is shown as loopback. */
function httpUrl(host: string, port: number): string {
  const dialled = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${dialled.includes(':') ? `[${dialled}]` : dialled}:${port}`
}
