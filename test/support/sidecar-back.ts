import type { Test } from 'tap'
import type { Clock } from '../../src/lib/clock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { HeaderList } from '../../src/lib/header-list.ts'
import type { Granted } from '../../src/limit/limiter.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { OpenSockets } from '../../src/proxy/open-sockets.ts'
import type { OpenStreams } from '../../src/proxy/open-streams.ts'
import { createPipeline } from '../../src/proxy/pipeline.ts'
import { createTrafficServer } from '../../src/proxy/server.ts'
import { createReceive } from '../../src/proxy/stages/01-receive.ts'
import { createRoute } from '../../src/proxy/stages/02-route.ts'
import { createForward } from '../../src/proxy/stages/08-forward.ts'
import { createAnswer } from '../../src/proxy/stages/09-answer.ts'
import type { RouteRule } from '../../src/route/rule.ts'
import { createRouteTable } from '../../src/route/table.ts'
import { createHttpUpstream } from '../../src/upstream/http-upstream.ts'
import { createTunnelOpener } from '../../src/upstream/tunnel.ts'
import { noCors } from './cors.ts'
import { frontBounds } from './front.ts'
import type { RawPeer } from './raw-peer.ts'
import { connectRaw } from './raw-peer.ts'
import { routeRule } from './route-rule.ts'

export type SidecarBack = {
  readonly port: number
  readonly connect: () => Promise<RawPeer>
  /** The exchange with this number, from 0 on, once it was recorded. */
  readonly recorded: (index: number) => Promise<Exchange>
  /** Stops the traffic port at once, as the end of a drain does. */
  readonly stop: () => Promise<void>
}

export type SidecarBackParts = {
  readonly origin: string
  readonly clock?: Clock
  readonly proof?: HeaderList
  readonly grant?: Granted
  readonly rule?: Partial<RouteRule>
  readonly rules?: readonly RouteRule[]
  readonly clientStallMs?: number
  readonly handshakeTimeoutMs?: number
  readonly connections?: number
  /** By default nothing that runs is watched. */
  readonly streams?: Pick<OpenStreams, 'add' | 'remove'>
}

const none = () => {}

/** A sidecar without its middle: real sockets, receive, route, forward, answer; the stages between let all pass. */
export async function startSidecarBack(t: Test, parts: SidecarBackParts): Promise<SidecarBack> {
  const clock = parts.clock ?? systemClock
  const recorded: Exchange[] = []
  let waiting: (() => void)[] = []
  const upstream = createHttpUpstream({
    origin: parts.origin,
    connections: parts.connections ?? 4,
    waitingMax: 16,
    waitTimeoutMs: 1000,
    keepAliveMs: 4000,
    connectTimeoutMs: 2000,
    headBytesMax: 16_384,
    clock,
  })
  const receive = createReceive({
    bounds: { headerCountMax: 100, headerBytesMax: frontBounds.headerBytesMax, targetBytesMax: 2048 },
    tenantHeader: 'X-Tenant-ID',
    workspaceHeader: 'X-Workspace-ID',
    accessVersionHeader: 'X-Access-Version',
    reservedPrefix: 'X-QLP-',
    aliases: [],
    passFields: [],
    trustedHops: 0,
    newRequestId: () => 'request-1',
    randomBytes: count => new Uint8Array(count).fill(7),
  })
  const pipeline = createPipeline(
    {
      receive,
      route: createRoute(createRouteTable(parts.rules ?? anyRules(parts.rule)), noCors),
      authenticate: () => null,
      identifyTenant: () => null,
      authorize: () => null,
      throttle: () => null,
      sign: exchange => {
        exchange.grant = parts.grant ?? null
        exchange.proof = parts.proof ?? null
        return null
      },
      forward: createForward({
        upstream,
        streams: parts.streams ?? { add: () => null, remove: none },
        sockets: new OpenSockets({ socketsMax: 100, perTenantMax: 100 }),
        cors: noCors,
        clock,
        settings: { reservedPrefix: 'X-QLP-', ageHeader: null, clientStallMs: parts.clientStallMs ?? 10_000 },
      }),
      answer: createAnswer({ realm: 'qlp', cors: noCors }),
      record: exchange => {
        recorded.push(exchange)
        for (const wake of waiting.splice(0)) wake()
      },
    },
    clock,
  )
  const server = createTrafficServer({
    handle: pipeline,
    openTunnel: createTunnelOpener({
      origin: parts.origin,
      connectTimeoutMs: 2000,
      handshakeTimeoutMs: parts.handshakeTimeoutMs ?? 10_000,
      closeTimeoutMs: 1000,
      headBytesMax: 16_384,
      clock,
    }),
    clock: systemClock,
    bounds: frontBounds,
    newRequestId: () => 'request-1',
    events: { onHeadRefused: none, onConnectionRefused: none, onBroken: error => t.error(error) },
  })
  await server.listen('127.0.0.1', 0)
  t.teardown(async () => {
    await server.close()
    await upstream.close()
  })
  const { port } = server.address()
  return {
    port,
    connect: () => connectRaw(t, port),
    stop: server.close,
    recorded: async index => {
      while (recorded.length <= index) await new Promise<void>(resolve => waiting.push(resolve))
      waiting = []
      return recorded[index]!
    },
  }
}

function anyRules(more: Partial<RouteRule> = {}): RouteRule[] {
  const rules = ['GET', 'POST', 'PUT', 'DELETE'].map(method => routeRule(method, '/{any}', more))
  return [...rules, routeRule('GET', '/socket', { ...more, upgrade: 'websocket' })]
}
