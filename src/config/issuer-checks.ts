import { isPrivateUrl } from '../lib/loopback.ts'
import type { Notes } from './draft.ts'
import type { Path } from './mistake.ts'
import type { IssuerSource } from './proxy-schema.ts'

/** What must hold for a list of issuers, wherever it stands. */
export function checkIssuers(issuers: readonly (IssuerSource | null)[], at: Path, notes: Notes): void {
  const seen = new Set<string>()
  issuers.forEach((issuer, index) => {
    if (issuer === null) return
    const path = [...at, index]
    if (seen.has(issuer.issuer)) notes.mistake([...path, 'issuer'], 'expected each issuer once')
    seen.add(issuer.issuer)
    if ((issuer.jwksUri === null) === (issuer.discoveryUri === null)) {
      notes.mistake(path, 'expected exactly one of jwksUri and discoveryUri')
    }
    for (const key of ['jwksUri', 'discoveryUri'] as const) {
      const uri = issuer[key]
      if (uri !== null && !isPrivateUrl(uri)) {
        notes.mistake([...path, key], 'expected https; plain http is for loopback only')
      }
    }
    if (/^http:/i.test(issuer.issuer) && !(URL.canParse(issuer.issuer) && isPrivateUrl(issuer.issuer))) {
      notes.mistake([...path, 'issuer'], 'expected https; plain http is for loopback only')
    }
  })
}
