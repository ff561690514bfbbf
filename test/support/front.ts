import type { Test } from 'tap'
import type { Clock } from '../../src/lib/clock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { problemBody, problemType } from '../../src/proxy/problem.ts'
import type { TrafficBounds, TrafficServer } from '../../src/proxy/server.ts'
import { createTrafficServer } from '../../src/proxy/server.ts'
import { createReceive } from '../../src/proxy/stages/01-receive.ts'
import { createRoute } from '../../src/proxy/stages/02-route.ts'
import type { Denial } from '../../src/proxy/verdict.ts'
import type { RouteRule } from '../../src/route/rule.ts'
import { createRouteTable } from '../../src/route/table.ts'
import type { Tunnel } from '../../src/upstream/port.ts'
import { noCors } from './cors.ts'
import type { RawClient } from './raw-client.ts'
import { rawClient } from './raw-client.ts'
import { routeRule } from './route-rule.ts'

/** What came through the front and would have been forwarded. */
export type Recorded = { readonly exchange: Exchange; readonly body: string }

export type Front = {
  readonly server: TrafficServer
  readonly connect: () => Promise<RawClient>
  /** In the order in which their bodies were complete. */
  readonly recorded: Recorded[]
  readonly broken: unknown[]
  readonly headsRefused: string[]
  readonly connectionsRefused: string[]
}

export type FrontParts = {
  readonly clock?: Clock
  readonly bounds?: Partial<TrafficBounds>
  readonly rules?: readonly RouteRule[]
  /** What happens to a request that both stages let pass; by default it is read, recorded and answered with its path. */
  readonly forward?: (exchange: Exchange) => Promise<void>
  readonly open?: Tunnel['open']
  readonly port?: number
}

export const frontBounds: TrafficBounds = {
  headerBytesMax: 8192,
  headTimeoutMs: 5000,
  keepAliveMs: 5000,
  connectionsMax: 100,
  pipelinedMax: 8,
  lingerMs: 200,
  lingerBytesMax: 65_536,
  connectionsPerAddressMax: 100,
  bodyPace: { idleMs: 5000, bytesPerSecondMin: 0 },
}

/** Routes wide enough for every path of up to three segments. */
const anyRules: readonly RouteRule[] = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'].flatMap(method =>
  ['/', '/{a}', '/{a}/', '/{a}/{b}', '/{a}/{b}/', '/{a}/{b}/{c}'].map(template =>
    routeRule(method, template),
  ),
)

/** The real server with the real first two stages, and a recorder in the place of everything behind them. */
export async function startFront(t: Test, parts: FrontParts = {}): Promise<Front> {
  const recorded: Recorded[] = []
  const broken: unknown[] = []
  const headsRefused: string[] = []
  const connectionsRefused: string[] = []
  let ids = 0
  const newRequestId = () => `id-${++ids}`
  const receive = createReceive({
    bounds: { headerCountMax: 100, headerBytesMax: frontBounds.headerBytesMax, targetBytesMax: 2048 },
    tenantHeader: 'X-Tenant-ID',
    workspaceHeader: 'X-Workspace-ID',
    accessVersionHeader: 'X-Access-Version',
    reservedPrefix: 'X-QLP-',
    aliases: ['X-User-ID'],
    passFields: [],
    trustedHops: 0,
    newRequestId,
    randomBytes: count => new Uint8Array(count).fill(7),
  })
  const route = createRoute(createRouteTable(parts.rules ?? anyRules), noCors)
  const forward = parts.forward ?? (exchange => record(exchange, recorded))
  const server = createTrafficServer({
    handle: async exchange => {
      // As the pipeline does: a refusal that needs no waiting goes out before the parser reads on.
      const verdict = receive(exchange) ?? route(exchange)
      const denial = (verdict instanceof Promise ? await verdict : verdict) as Denial | null
      if (denial === null) await forward(exchange)
      else answer(exchange, denial)
    },
    openTunnel: request => ({
      protocol: (request.headers.upgrade ?? '').toLowerCase(),
      open: parts.open ?? (() => Promise.reject(new Error('no tunnel in this test'))),
      close: () => false,
    }),
    clock: parts.clock ?? systemClock,
    bounds: { ...frontBounds, ...parts.bounds },
    newRequestId,
    events: {
      onHeadRefused: ({ refused }) => headsRefused.push(refused),
      onConnectionRefused: of => connectionsRefused.push(of),
      onBroken: error => broken.push(error),
    },
  })
  await server.listen('127.0.0.1', parts.port ?? 0)
  t.teardown(() => server.close())
  const { port } = server.address()
  const connect = async () => {
    const client = await rawClient(port)
    t.teardown(() => client.hangUp())
    return client
  }
  return { server, connect, recorded, broken, headsRefused, connectionsRefused }
}

export async function record(exchange: Exchange, recorded: Recorded[]): Promise<void> {
  let body = ''
  try {
    if (exchange.request!.expectsContinue) exchange.reply.inform(100, [])
    for await (const chunk of exchange.arrival.body ?? []) body += (chunk as Buffer).toString('latin1')
  } catch {
    return
  }
  recorded.push({ exchange, body })
  const text = `${exchange.arrival.method} ${exchange.arrival.target} ${body}`
  exchange.reply.begin(200, ['Content-Length', String(Buffer.byteLength(text))])
  exchange.reply.write(Buffer.from(text))
  exchange.reply.end([])
}

export function answer(exchange: Exchange, denial: Denial): void {
  const body = Buffer.from(problemBody(denial.refusal, exchange.request!.id))
  const fields = ['Content-Type', problemType, 'Content-Length', String(body.length), ...denial.headers]
  exchange.reply.begin(denial.refusal.status, fields)
  exchange.reply.write(body)
  exchange.reply.end([])
}

/** Status lines in the order they were received. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(match => Number(match[1]))
}
