import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import type { Registry } from 'prom-client'
import type { Clock } from '../lib/clock.ts'
import { pause } from '../lib/clock.ts'
import type { Es256Key } from '../lib/es256.ts'
import type { Log } from '../telemetry/log.ts'
import type { ControlMetrics } from './metrics.ts'
import { answerProblems } from './plugins/problems.ts'
import type { AccessDocumentRoute } from './routes/access-documents.ts'
import { addAccessDocuments } from './routes/access-documents.ts'
import type { AccessVersionRoute } from './routes/access-versions.ts'
import { addAccessVersions } from './routes/access-versions.ts'
import { addHealth } from './routes/health.ts'
import { addKeys } from './routes/keys.ts'
import type { RevocationRoute } from './routes/revocations.ts'
import { addRevocations } from './routes/revocations.ts'

export type ControlServerOptions = {
  readonly accessDocuments: AccessDocumentRoute
  readonly accessVersions: AccessVersionRoute
  readonly revocations: RevocationRoute
  readonly documentKeys: readonly Es256Key[]
  /** Why this replica should get no requests; null where it should. Answers within a second and never throws. */
  readonly unready: () => Promise<string | null>
  readonly registry: Registry
  readonly metrics: ControlMetrics
  readonly log: Log
  readonly clock: Clock
  readonly requestId: () => string
}

export type ControlServer = {
  readonly listen: (host: string, port: number) => Promise<string>
  /** Becomes unready, goes on for `delayMs`, then takes nothing new and cuts off after `timeoutMs` what is in flight. */
  readonly close: (drain: { readonly delayMs: number; readonly timeoutMs: number }) => Promise<void>
}

const headBytesMax = 16_384
/** For a whole request to arrive. */
const arrivalMs = 10_000
const idleMs = 65_000
const connectionsMax = 10_000

/** The HTTP side of the control plane: strict about what it takes, problem details for what it does not. */
export function createControlServer(options: ControlServerOptions): ControlServer {
  const { clock, log, metrics } = options
  const app = fastify({
    logger: false,
    genReqId: options.requestId,
    requestIdHeader: false,
    bodyLimit: 1024,
    requestTimeout: arrivalMs,
    keepAliveTimeout: idleMs,
    http: { maxHeaderSize: headBytesMax, headersTimeout: arrivalMs },
    // Coercion would make a subject of the number 1, and removal would hide what a caller got wrong.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  })
  app.server.maxConnections = connectionsMax
  let closing = false

  // A connection that stayed open after its last answer would hold up the end until it is cut off.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  observe(app, options)
  answerProblems(app, { log, onFault: metrics.faultAnswered })
  addAccessDocuments(app, options.accessDocuments)
  addAccessVersions(app, options.accessVersions)
  addRevocations(app, options.revocations)
  addKeys(app, options.documentKeys)
  const unready = async () => (closing ? 'closing' : await options.unready())
  addHealth(app, { registry: options.registry, unready })

  return {
    listen: (host, port) => app.listen({ host, port }),
    async close({ delayMs, timeoutMs }) {
      closing = true
      if (delayMs > 0) await pause(clock, delayMs)
      const cancel = clock.after(timeoutMs, () => app.server.closeAllConnections())
      await app.close()
      cancel()
    },
  }
}

/** Times every request by the route's own template; what matched none counts as one. */
function observe(app: FastifyInstance, { clock, metrics }: ControlServerOptions): void {
  const startedMs = new WeakMap<object, number>()
  app.addHook('onRequest', async request => {
    startedMs.set(request, clock.elapsedMs())
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    metrics.requestAnswered(
      route,
      reply.statusCode,
      clock.elapsedMs() - (startedMs.get(request) ?? clock.elapsedMs()),
    )
  })
}
