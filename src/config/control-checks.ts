import type { ControlSource } from './control-schema.ts'
import type { Draft, Notes } from './draft.ts'
import { checkIssuers } from './issuer-checks.ts'

/** What must hold between the parts of a control plane's configuration. */
export function checkControl(draft: Draft<ControlSource>, notes: Notes): void {
  if (draft.services !== null) checkIssuers(draft.services.issuers, ['services', 'issuers'], notes)
  if (draft.documents !== null && draft.documents.signingKeyFile === null) {
    notes.warning(
      ['documents', 'signingKeyFile'],
      'the key is made in memory: run one process, and expect cold caches after a restart',
    )
  }
}
