import { z } from 'zod'
import {
  boundsSchema,
  directorySchema,
  drainSchema,
  logSchema,
  metricsSchema,
  streamsSchema,
} from './bounds-schema.ts'
import { corsSchema } from './cors-schema.ts'
import { deniedKeySchema, issuerSchema, keysSchema } from './issuer-schema.ts'
import { modesSchema, routeSchema } from './route-schema.ts'
import { redisSchema } from './store-schema.ts'
import { tenancySchema } from './tenancy-schema.ts'
import { bytes, count, file, httpUrl, listen, milliseconds, name, word } from './values.ts'

const hour = 3_600_000

/** The configuration of one sidecar, as an operator writes it. */
export const proxySchema = z.strictObject({
  kind: z.literal('proxy').describe('What this file configures.'),
  service: z
    .strictObject({ name: name.describe('The audience of the assertions.') })
    .describe('The service that this sidecar stands in front of.'),
  listen: z
    .strictObject({
      traffic: listen('0.0.0.0', 8080).describe('What clients reach.'),
      metrics: listen('0.0.0.0', 8081).describe(
        '/livez, /readyz and /metrics, for the kubelet and Prometheus.',
      ),
      admin: listen('127.0.0.1', 8082).describe('The key set and the configuration; on loopback only.'),
    })
    .prefault({}),
  upstream: z
    .strictObject({
      url: httpUrl.describe('Where the service listens; no request can change it. A path is not allowed.'),
      allowPlaintext: z.boolean().default(false).describe('Permits http to an address that is not loopback.'),
      connections: count(10_000).default(128).describe('Connections to the service.'),
      keepAliveMs: milliseconds(hour)
        .default(4000)
        .describe('Shorter than the service’s own; uvicorn closes at 5 s.'),
      connectTimeoutMs: milliseconds(60_000, 1).default(100).describe('Deadline of connecting.'),
      waiting: count(100_000)
        .default(1024)
        .describe('Requests that may wait while every connection is busy.'),
      waitTimeoutMs: milliseconds(60_000, 1).default(1000).describe('How long they wait.'),
      headBytes: bytes(1_048_576).default(65_536).describe('The head of a response.'),
      headersTimeoutMs: milliseconds(hour)
        .default(30_000)
        .describe('Until the response’s head; 0 waits for ever.'),
      idleTimeoutMs: milliseconds(hour)
        .default(300_000)
        .describe('Between two pieces of it; 0 waits for ever.'),
      handshakeTimeoutMs: milliseconds(60_000, 1)
        .default(10_000)
        .describe('Deadline of the service’s answer to an upgrade.'),
      closeTimeoutMs: milliseconds(60_000, 1)
        .default(5000)
        .describe('How long one side of a WebSocket may take to close after the other.'),
    })
    .describe('How the service is reached.'),
  control: z
    .strictObject({
      url: httpUrl.describe('The control plane.'),
      tokenFile: file.describe(
        'A file that holds this service’s token for the control plane; read again when it changes.',
      ),
      timeoutMs: milliseconds(60_000, 1).default(90).describe('Deadline of one question, waiting included.'),
      listTimeoutMs: milliseconds(60_000, 1)
        .default(1000)
        .describe('Deadline of what no request waits for: a page of revocations, a sweep of versions.'),
      revocationsMs: milliseconds(hour, 100)
        .default(300_000)
        .describe('How often all revocations are loaded again, although each is told at once.'),
      questions: count(100).default(32).describe('Questions that one call carries.'),
      calls: count(100).default(4).describe('Calls at a time, and connections.'),
      waiting: count(100_000)
        .default(1000)
        .describe('Questions that may wait for a call; the next one fails at once.'),
      responseBytes: bytes(67_108_864).default(4_194_304).describe('The largest answer to a call.'),
      keepAliveMs: milliseconds(hour, 1).default(30_000).describe('How long an idle connection is kept.'),
      failuresToOpen: count(1000)
        .default(5)
        .describe('Failures in a row after which it is left alone for a while.'),
      openMs: milliseconds(60_000, 1).default(1000).describe('How long it is left alone.'),
    })
    .describe('The control plane, which knows who may do what.'),
  redis: redisSchema.describe(
    'Access documents and limits. Without it, limits are local and nothing is shared.',
  ),
  issuers: z.array(issuerSchema).min(1).max(50).describe('The identity providers whose tokens are believed.'),
  deniedKeys: z.array(deniedKeySchema).max(1000).default([]).describe('Keys that were withdrawn.'),
  keys: keysSchema.describe('How key sets are fetched and kept.'),
  directory: directorySchema.describe('How old access documents may be.'),
  streams: streamsSchema.describe('How long responses and WebSockets may outlive what let them through.'),
  tenancy: tenancySchema.describe('How requests name tenants, and how the service is told.'),
  assertion: z
    .strictObject({
      issuer: word
        .nullable()
        .default(null)
        .describe('`iss` of the assertions; null takes `postern:` and the service’s name.'),
      lifetimeSeconds: z.int().min(5).max(60).default(60).describe('How long an assertion is good.'),
    })
    .prefault({})
    .describe('The proof that is sent to the service.'),
  limits: z
    .strictObject({
      localShare: z
        .number()
        .gt(0)
        .max(1)
        .default(0.25)
        .describe('The part of a limit this sidecar grants when Redis is away.'),
    })
    .prefault({})
    .describe('Rate limits and quotas.'),
  modes: modesSchema.describe('`enforce`, `shadow` (record only) or `off`, per stage.'),
  metrics: metricsSchema.describe('What metrics name.'),
  log: logSchema.describe('The log on standard output.'),
  cors: corsSchema.describe('Which pages of other origins may use the service from a browser.'),
  bounds: boundsSchema.describe('What a request, a client or a cache may take at most.'),
  drain: drainSchema.describe('How the process stops.'),
  routes: z
    .array(routeSchema)
    .min(1)
    .max(2000)
    .describe('Every operation of the service. What is not here is 404.'),
})

export type ProxySource = z.output<typeof proxySchema>
export type RouteSource = ProxySource['routes'][number]
export type IssuerSource = ProxySource['issuers'][number]
