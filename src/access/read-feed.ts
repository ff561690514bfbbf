import type { Fields } from '../lib/json-values.ts'
import { isCount, isFields, isText } from '../lib/json-values.ts'
import type { Revocation } from '../token/revocation.ts'
import type { FeedMessage } from './feed.ts'

/**
 * Reads a list of feed messages from JSON text. One that this version does not know is left out, as a later control
 * plane may tell more; null when the whole is nothing we wrote, or something we should understand cannot be understood:
 * then the reader has to treat it as a gap.
 */
export function readFeedMessages(text: string): readonly FeedMessage[] | null {
  const list = parse(text)
  if (!Array.isArray(list)) return null
  const messages: FeedMessage[] = []
  for (const item of list) {
    if (!isFields(item)) return null
    if (item.kind !== 'access' && item.kind !== 'revocation') continue
    const message = item.kind === 'access' ? readAccessChanged(item) : readRevocationMessage(item)
    if (message === null) return null
    messages.push(message)
  }
  return messages
}

/** One revocation, as the feed and the control plane's own answers write it; null for anything else. */
export function readRevocation(value: unknown): Revocation | null {
  if (!isFields(value)) return null
  const { kind, id, issuer, subject, sessionId, keyId, tenantId, notBeforeMs, expiresAtMs } = value
  if (!isText(id) || !isCount(expiresAtMs)) return null
  if (kind === 'key') return isText(issuer) && isText(keyId) ? { kind, id, expiresAtMs, issuer, keyId } : null
  if (!isCount(notBeforeMs)) return null
  const base = { id, expiresAtMs, notBeforeMs }
  if (kind === 'tenant') return isText(tenantId) ? { ...base, kind, tenantId } : null
  if (!isText(issuer)) return null
  if (kind === 'session') return isText(sessionId) ? { ...base, kind, issuer, sessionId } : null
  if (kind !== 'principal' || !isText(subject)) return null
  return tenantId === null || isText(tenantId) ? { ...base, kind, issuer, subject, tenantId } : null
}

function readAccessChanged({ tenantId, slug, accessVersion }: Fields): FeedMessage | null {
  return isText(tenantId) && isText(slug) && isCount(accessVersion)
    ? { kind: 'access', tenantId, slug, accessVersion }
    : null
}

function readRevocationMessage(value: Fields): FeedMessage | null {
  const revocation = readRevocation(value.revocation)
  return revocation === null ? null : { kind: 'revocation', revocation }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
