import type { DirectoryEvents } from '../access/directory.ts'
import type { VersionSweepOptions } from '../access/version-sweep.ts'
import type { Clock } from '../lib/clock.ts'
import { createOnceEvery } from '../lib/once-every.ts'
import type { AddressShare } from '../limit/address-share.ts'
import type { RedisClientEvents } from '../store/redis/client.ts'
import type { FeedSubscriberEvents } from '../store/redis/feed-subscriber.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { KeySource, KeySourceEvents } from '../token/key-source.ts'
import type { RevocationLoader, RevocationLoaderOptions } from '../token/revocation-loader.ts'
import type { Revocations } from '../token/revocations.ts'
import type { BreakGlassEvents } from './break-glass.ts'
import { createBreakGlassWarning } from './break-glass.ts'
import type { CrossTenantEvents } from './cross-tenant.ts'
import type { FeedListenerEvents } from './feed-listener.ts'
import type { TrafficEvents } from './server.ts'

/**
 * What each part tells, turned into metrics and log lines. What record counts of every request (refusals, retries,
 * errors of the service, limits) is not counted here a second time.
 */
export function createEvents(log: Log, metrics: Metrics, clock: Clock) {
  const { dependencies, requests, revocations, feed } = metrics
  const warnOfBreakGlass = createBreakGlassWarning(log)
  const mayWarn = createOnceEvery({ clock, everyMs: 60_000, kindsMax: 100 })
  return {
    keys: {
      onFetched: issuer => dependencies.keySetFetched(issuer, 'ok'),
      onFetchFailed: (issuer, cause) => {
        dependencies.keySetFetched(issuer, 'failed')
        log.warn({ issuer, error: nameOf(cause) }, 'a key set could not be fetched')
      },
    } satisfies KeySourceEvents,
    watchKeySet: (issuer: string, keys: KeySource) =>
      dependencies.watchKeySet(issuer, () => (keys.state().ageMs ?? Number.NaN) / 1000),
    tokens: {
      onHit: () => dependencies.cacheLookedUp('tokens', 'memory'),
      onMiss: () => dependencies.cacheLookedUp('tokens', 'miss'),
    },
    revocations: {
      onLoaded: () => revocations.listLoaded('ok'),
      onFailure: cause => {
        revocations.listLoaded('failed')
        log.warn({ error: nameOf(cause) }, 'the list of revocations could not be loaded')
      },
    } satisfies RevocationLoaderOptions['events'],
    watchAddresses: (share: AddressShare) => metrics.addresses.watch(() => share.held()),
    watchRevocations: (held: Revocations, loader: RevocationLoader) =>
      revocations.watch({
        held: () => held.counts(),
        ageSeconds: () => (loader.ageMs() ?? Number.NaN) / 1000,
      }),
    feed: { onHeard: feed.heard, onGap: feed.gapMet } satisfies FeedListenerEvents,
    watchFeed: (ageMs: () => number) => feed.watchAge(() => ageMs() / 1000),
    subscriber: {
      onState: state => {
        dependencies.storeConnected('feed', state === 'listening')
        log.info({ state }, 'the feed of changes')
      },
      onUnreadable: () => {
        feed.entryUnreadable()
        if (mayWarn('feed')) log.warn({}, 'entries of the feed cannot be understood; told once a minute')
      },
    } satisfies FeedSubscriberEvents,
    sweep: {
      onSwept: tenants => {
        feed.swept('ok')
        log.info({ tenants }, 'asked for what the feed may have left out')
      },
      onFailure: () => feed.swept('failed'),
    } satisfies VersionSweepOptions['events'],
    directory: {
      onFound: origin => dependencies.cacheLookedUp('documents', levels[origin]),
      onAbsent: () => dependencies.cacheLookedUp('documents', 'miss'),
      onStale: ageMs => {
        dependencies.cacheLookedUp('documents', 'stale')
        dependencies.documentStale(ageMs / 1000)
      },
      onDropped: documents => dependencies.documentsDropped(documents),
      onRejected: (origin, reason) => {
        dependencies.documentRefused(reason)
        if (mayWarn(`document ${origin} ${reason}`))
          log.warn({ origin, reason }, 'access documents are not believed; told once a minute')
      },
      onFailure: origin => dependencies.storeFailed(origin === 'store' ? 'redis' : 'control', 'document'),
    } satisfies DirectoryEvents,
    crossTenant: {
      onCrossTenant: (exchange, asked, held) =>
        log.warn(
          { request_id: exchange.request!.id, asked, held, subject: exchange.claims?.subject },
          'a request named a tenant it has no place in',
        ),
    } satisfies CrossTenantEvents,
    breakGlass: {
      onBreakGlass: document => {
        requests.brokeGlass(document.tenant.slug)
        warnOfBreakGlass(document)
      },
    } satisfies BreakGlassEvents,
    redis: {
      onFailure: reason => dependencies.storeFailed('redis', reason),
      onCircuit: state => {
        dependencies.circuitChanged('redis', state)
        log.warn({ state }, 'the circuit to Redis changed')
      },
      onConnection: status => {
        dependencies.storeConnected('redis', status === 'ready')
        log.info({ status }, 'the connection to Redis changed')
      },
    } satisfies RedisClientEvents,
    traffic: {
      onHeadRefused: ({ refused: reason, ...why }, requestId) => {
        requests.ended(reason, 'enforce')
        if (why.rule !== null) requests.ruleBroken(why.rule, 'enforce')
        log.info({ request_id: requestId, reason, ...why }, 'what arrived became no request')
      },
      onConnectionRefused: of => {
        requests.connectionRefused(of)
        if (mayWarn(`connections of ${of}`))
          log.warn({ of }, 'connections are turned away, there are too many; told once a minute')
      },
      onBroken: error => log.error({ error: nameOf(error) }, 'the traffic port broke off an exchange'),
    } satisfies TrafficEvents,
    sidePortFailed: (path: string, error: unknown) =>
      log.error({ path, error: nameOf(error) }, 'a side port could not answer'),
  }
}

export type Events = ReturnType<typeof createEvents>

const levels = { memory: 'memory', store: 'redis', control: 'control' } as const

/** The kind of an error and its code; a message may quote what it was given. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name
}
