import { readFileSync } from 'node:fs'
import { createControlSource } from '../access/control-source.ts'
import { createDirectory } from '../access/directory.ts'
import type { PermissionIndex } from '../access/permission-set.ts'
import type { DocumentStore } from '../access/ports.ts'
import { createDocumentVerifier } from '../access/signed-document.ts'
import type { ProxyConfig } from '../config/config.ts'
import { createRotatingSecret } from '../config/rotating-secret.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events } from './wire-events.ts'
import { documentIssuer, documentKeySourceOptions, documentKeys, startKeySource } from './wire-keys.ts'

const tokenRereadMs = 10_000

export type DirectoryPorts = {
  readonly permissions: PermissionIndex
  /** Null where documents are not shared. */
  readonly store: DocumentStore | null
  readonly clock: Clock
  readonly events: Events
}

/** What is known of principals: in memory, in Redis, and at the control plane. */
export function openDirectory(config: ProxyConfig, { permissions, store, clock, events }: DirectoryPorts) {
  const { control, bounds, directory: ages } = config
  const source = createControlSource({
    controlUrl: control.url,
    token: createRotatingSecret({
      file: control.tokenFile,
      initial: control.token,
      readFile: file => readFileSync(file, 'utf8'),
      clock,
      rereadMs: tokenRereadMs,
    }),
    deadlineMs: control.timeoutMs,
    questionsMax: control.questions,
    callsMax: control.calls,
    waitingMax: control.waiting,
    responseBytesMax: control.responseBytes,
    keepAliveMs: control.keepAliveMs,
    breaker: { failuresToOpen: control.failuresToOpen, openMs: control.openMs },
    clock,
  })
  const options = documentKeySourceOptions(config)
  const { keys, started } = startKeySource(documentIssuer(control.url), options, clock, events)
  const directory = createDirectory({
    store,
    source,
    verify: createDocumentVerifier({ keys: documentKeys(keys), bytesMax: bounds.documentBytes }).verify,
    permissions,
    clock,
    bounds: {
      freshMs: ages.freshMs,
      refreshMs: ages.refreshMs,
      staleMs: ages.staleMs,
      absentMs: ages.absentMs,
      retryMs: ages.retryMs,
      skewMs: ages.skewMs,
      documentsMax: bounds.documentsRemembered,
      bytesMax: ages.bytes,
      absencesMax: ages.absences,
      lookupsMax: ages.lookups,
      lookupsPerPrincipalMax: ages.lookupsPerPrincipal,
    },
    events: events.directory,
  })
  return { ...directory, started, close: () => Promise.all([source.close(), keys.close()]) }
}
