import type { ControlSource } from './control-schema.ts'
import type { Draft, Notes } from './draft.ts'
import { checkIssuers } from './issuer-checks.ts'

/** What must hold between the parts of a control plane's configuration. */
export function checkControl(draft: Draft<ControlSource>, notes: Notes): void {
  if (draft.services !== null) checkIssuers(draft.services.issuers, ['services', 'issuers'], notes)
  checkRelay(draft, notes)
  if (draft.documents !== null && draft.documents.signingKeyFile === null) {
    notes.warning(
      ['documents', 'signingKeyFile'],
      'the key is made in memory: run one process, and expect cold caches after a restart',
    )
  }
}

/** A batch is told within a transaction, which the server ends when nothing is heard of it for that long. */
function checkRelay({ relay, postgres, redis }: Draft<ControlSource>, notes: Notes): void {
  if (relay !== null && postgres !== null && relay.publishTimeoutMs >= postgres.statementTimeoutMs) {
    notes.mistake(['relay', 'publishTimeoutMs'], 'expected less than postgres.statementTimeoutMs')
  }
  if (redis === null || redis.url === null) {
    notes.warning(['redis'], 'nobody is told of changes: sidecars go by age, and postern.outbox grows')
  }
}
