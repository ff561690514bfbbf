import { randomUUID } from 'node:crypto'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { FeedPublisher } from '../access/feed.ts'
import type { DocumentStore } from '../access/ports.ts'
import { createDocumentSigner } from '../access/signed-document.ts'
import type { Clock } from '../lib/clock.ts'
import { withDeadline } from '../lib/deadline.ts'
import type { Es256Key } from '../lib/es256.ts'
import { generateEs256Key } from '../lib/es256.ts'
import { Fault } from '../lib/fault.ts'
import { isRefused } from '../lib/refused.ts'
import { createAccessSource } from '../store/postgres/access-source.ts'
import { migrationNames, ownMigrations } from '../store/postgres/migrating/files.ts'
import { createPool } from '../store/postgres/pool.ts'
import { listRevocations, readAccessVersions } from '../store/postgres/queries/feed.ts'
import type { SchemaCheck } from '../store/postgres/schema-check.ts'
import { createSchemaCheck } from '../store/postgres/schema-check.ts'
import { createTransactions } from '../store/postgres/transaction.ts'
import type { Log } from '../telemetry/log.ts'
import { DenyList } from '../token/deny-list.ts'
import { createKeySetFetch } from '../token/key-set-fetch.ts'
import { KeySource } from '../token/key-source.ts'
import { createVerifier } from '../token/verifier.ts'
import { CallRate } from './call-rate.ts'
import { readDocumentKey } from './document-key.ts'
import { createDocumentPublisher } from './document-publisher.ts'
import type { ControlMetrics } from './metrics.ts'
import { createControlMetrics } from './metrics.ts'
import type { Authenticate } from './plugins/authenticate.ts'
import { createAuthenticateHook } from './plugins/authenticate.ts'
import { createControlServer } from './server.ts'
import type { ControlSettings } from './settings.ts'
import { openRelay } from './wire-relay.ts'

export type ControlPorts = {
  /** Where sidecars look before they ask; null shares nothing. */
  readonly documentStore: DocumentStore | null
  /** Where sidecars hear of changes; null tells nobody, and leaves it to another control plane. */
  readonly feed: FeedPublisher | null
  readonly log: Log
  readonly clock: Clock
}

export type RunningControl = {
  /** `http://host:port` as bound. */
  readonly url: string
  /** Drains as the settings say, then gives back every connection. */
  readonly close: () => Promise<void>
}

const serviceTokenLengthMax = 16_384
const publishesMax = 1000
/** Above the server's own limit for a statement, so that normally the server speaks first. */
const answerGraceMs = 250
/** How long a breaking migration may go unnoticed by a process that runs already. */
const schemaCheckMs = 5_000
/** Less than the second that a kubelet waits for its probe. */
const readyMs = 500

/**
 * Starts a control plane. It listens even when Postgres or an issuer is away: every request tries again, and is
 * answered 503 until then. Rejects when the address cannot be bound or the signing key cannot be read.
 */
export async function startControl(settings: ControlSettings, ports: ControlPorts): Promise<RunningControl> {
  const { clock, log } = ports
  const { postgres, documents } = settings
  const documentKey = documentKeyOf(documents.signingKey, log)
  const known = await migrationNames(ownMigrations)
  const registry = new Registry()
  const metrics = createControlMetrics(registry)
  collectDefaultMetrics({ register: registry })

  const onIdleLost = (reason: string) => log.warn({ reason }, 'Postgres closed an idle connection')
  const answerMs = postgres.statementMs + answerGraceMs
  const pool = createPool({ ...postgres, answerMs, events: { onIdleLost } })
  metrics.watchConnections(() => ({ total: pool.totalCount, waiting: pool.waitingCount }))
  const transactions = createTransactions({ ...postgres, pool })
  const source = createAccessSource({ transactions, clock })
  const fitting = { known, everyMs: schemaCheckMs }
  const schema = createSchemaCheck({
    ...fitting,
    transactions,
    clock,
    events: { onChange: problem => logSchema(log, problem) },
  })
  const signer = createDocumentSigner({
    key: documentKey.privateKey,
    keyId: documentKey.keyId,
    issuer: documents.issuer,
  })
  const services = trustServices(settings, metrics, ports)

  const rate = new CallRate({ ...settings.callRate, callers: settings.subjects, clock })
  const internal = {
    clock,
    answerMs: settings.answerMs,
    guard: createAuthenticateHook({
      authenticate: services.authenticate,
      subjects: settings.subjects,
      take: subject => rate.take(subject),
    }),
  }
  const supported = async <Answer>(answer: () => Promise<Answer>) => {
    await schema.assertSupported()
    return await answer()
  }

  const server = createControlServer({
    accessDocuments: {
      ...internal,
      source: { load: question => supported(() => source.load(question)) },
      signer,
      loads: { atOnce: postgres.connections, waitingMax: postgres.waitingMax },
      publish: publishTo(ports.documentStore, documents.ttlMs, metrics),
      events: { onAnswered: metrics.questionAnswered },
    },
    accessVersions: {
      ...internal,
      read: tenantIds =>
        supported(() => transactions.global(session => readAccessVersions(session, tenantIds))),
    },
    revocations: {
      ...internal,
      list: (after, most) =>
        supported(() => transactions.global(session => listRevocations(session, after, most))),
    },
    documentKeys: [documentKey],
    unready: () => unready(schema, clock),
    registry,
    metrics,
    log,
    clock,
    requestId: randomUUID,
  })

  const publisher = ports.feed
  const relay =
    publisher &&
    openRelay(
      { ...settings, postgres: { ...postgres, answerMs } },
      { publisher, schema: fitting, metrics, log, clock },
    )
  const release = async () => {
    await Promise.all([services.close(), relay?.close()])
    await pool.end()
  }
  try {
    const url = await server.listen(settings.listen.host, settings.listen.port)
    return {
      url,
      async close() {
        await server.close(settings.drain)
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}

function documentKeyOf(text: string | null, log: Log): Es256Key {
  if (text !== null) return readDocumentKey(text)
  const key = generateEs256Key()
  log.warn(
    { keyId: key.keyId },
    'access documents are signed with a key made in memory: run one control plane only',
  )
  return key
}

function logSchema(log: Log, problem: string | null): void {
  if (problem === null) log.info({}, 'the schema of the database fits this version now')
  else log.error({ code: 'SCHEMA_UNSUPPORTED' }, problem)
}

/**
 * A schema that does not fit makes this replica unready, as it is a matter of its version: a roll-out stops before it
 * replaces what works. That Postgres is away is no reason, nor that it is slow to answer.
 */
async function unready(schema: SchemaCheck, clock: Clock): Promise<string | null> {
  try {
    await withDeadline(clock, readyMs, schema.assertSupported())
    return null
  } catch (error) {
    return error instanceof Fault && error.code === 'SCHEMA_UNSUPPORTED' ? 'the schema does not fit' : null
  }
}

function publishTo(store: DocumentStore | null, ttlMs: number, metrics: ControlMetrics) {
  if (store === null) return () => {}
  const events = { onPublished: metrics.documentPublished }
  return createDocumentPublisher({ store, ttlMs, pendingMax: publishesMax, events }).publish
}

/** Verifies the tokens of services, with keys that are fetched from now on. */
function trustServices(
  settings: ControlSettings,
  metrics: ControlMetrics,
  { clock, log }: ControlPorts,
): { readonly authenticate: Authenticate; readonly close: () => Promise<unknown> } {
  const trusted = settings.issuers.map(issuer => {
    const keySet = createKeySetFetch(issuer, settings.keys)
    const events = {
      onFetched: () => metrics.keySetFetched('ok'),
      onFetchFailed: (name: string) => {
        metrics.keySetFetched('failed')
        log.warn({ issuer: name }, 'the keys of service tokens could not be fetched')
      },
    }
    return {
      issuer,
      keys: new KeySource(issuer, settings.keys, { clock, keySet, random: Math.random, events }),
    }
  })
  for (const { keys } of trusted) void keys.start()
  const verifier = createVerifier({
    issuers: trusted,
    denyList: new DenyList({ keysPerIssuerMax: 1000 }),
    clock,
    tokenLengthMax: serviceTokenLengthMax,
  })
  return {
    async authenticate(token) {
      const result = await verifier.verify(token)
      return isRefused(result) ? result : { subject: result.claims.subject }
    },
    close: () => Promise.all(trusted.map(({ keys }) => keys.close())),
  }
}
