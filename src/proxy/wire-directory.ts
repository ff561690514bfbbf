import type { ControlCaller } from '../access/control-caller.ts'
import { createControlSource } from '../access/control-source.ts'
import { createDirectory } from '../access/directory.ts'
import type { PermissionIndex } from '../access/permission-set.ts'
import type { DocumentStore } from '../access/ports.ts'
import { createDocumentVerifier } from '../access/signed-document.ts'
import type { ProxyConfig } from '../config/config.ts'
import type { Clock } from '../lib/clock.ts'
import type { Events } from './wire-events.ts'
import { documentIssuer, documentKeySourceOptions, documentKeys, startKeySource } from './wire-keys.ts'

export type DirectoryPorts = {
  readonly caller: ControlCaller
  readonly permissions: PermissionIndex
  /** Null where documents are not shared. */
  readonly store: DocumentStore | null
  readonly clock: Clock
  readonly events: Events
}

/** What is known of principals: in memory, in Redis, and at the control plane. */
export function openDirectory(config: ProxyConfig, ports: DirectoryPorts) {
  const { caller, permissions, store, clock, events } = ports
  const { control, bounds, directory: ages } = config
  const source = createControlSource({
    caller,
    deadlineMs: control.timeoutMs,
    questionsMax: control.questions,
    callsMax: control.calls,
    waitingMax: control.waiting,
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
      lookupsPerPrincipalPerSecond: ages.lookupsPerPrincipalPerSecond,
    },
    events: events.directory,
  })
  return { ...directory, started, close: () => keys.close() }
}
