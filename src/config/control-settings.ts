import type { ControlSettings } from '../control/settings.ts'
import type { ControlConfig } from './config.ts'
import { issuersOf, keySourceOptions } from './issuers.ts'

/** The control plane's configuration in the shape its wire.ts takes. */
export function controlSettings(config: ControlConfig): ControlSettings {
  const { postgres, services, documents, relay } = config
  return {
    listen: config.listen,
    postgres: {
      url: withPassword(postgres.url, postgres.password),
      connections: postgres.connections,
      waitingMax: postgres.waiting,
      connectMs: postgres.connectTimeoutMs,
      statementMs: postgres.statementTimeoutMs,
      idleMs: postgres.idleTimeoutMs,
    },
    issuers: issuersOf(services.issuers),
    subjects: services.subjects,
    callRate: { perSecond: services.callsPerSecond, atOnce: services.callsAtOnce },
    documents: {
      issuer: documents.issuer,
      signingKey: documents.signingKey,
      ttlMs: documents.ttlSeconds * 1000,
    },
    relay: {
      idleMs: relay.idleMs,
      batchMax: relay.batch,
      publishMs: relay.publishTimeoutMs,
      retry: { delayMsMin: relay.retryMsMin, delayMsMax: relay.retryMsMax },
    },
    keys: keySourceOptions(config.keys),
    answerMs: config.answerTimeoutMs,
    drain: config.drain,
  }
}

/** The URL of a store with the password its file held. */
export function withPassword(text: string, password: string | null): string {
  if (password === null) return text
  const url = new URL(text)
  url.password = encodeURIComponent(password)
  return url.href
}
