import { foldName } from './field-name.ts'
import { hopByHopNames } from './hop-by-hop.ts'

/** Answers whether a field, by its folded name, stays behind: it is ours to set, or nobody's to send on. */
export type StripsField = (folded: string) => boolean

/**
 * Prepares the question which fields of a client are not forwarded: every name in the reserved prefix, every alias and
 * selector, what ends at this hop, what says where a request came from (rebuilt from the socket), what tries to replace
 * method or path, and what receive reads and sends in its own form.
 *
 * @param reserved `prefix` such as `X-QLP-`; `names` are whole names: the aliases we set and the selectors we capture
 */
export function createStripsField(reserved: {
  readonly prefix: string
  readonly names: readonly string[]
}): StripsField {
  const prefix = foldName(reserved.prefix)
  const names = new Set([...alwaysStripped, ...hopByHopNames, ...reserved.names.map(foldName)])
  return folded => {
    if (names.has(folded)) return true
    const first = folded.charCodeAt(0)
    if (first === prefix.charCodeAt(0) && folded.startsWith(prefix)) return true
    if (first !== 0x78) return false
    return strippedPrefixes.some(each => folded.startsWith(each))
  }
}

/** X-Forwarded-*, X-Original-URL and -Method, X-Rewrite-URL, X-Envoy-Original-Path: threats 29 and 40. */
const strippedPrefixes: readonly string[] = ['x-forwarded-', 'x-original-', 'x-rewrite-', 'x-envoy-']

const alwaysStripped: readonly string[] = [
  'host',
  'content-length',
  'expect',
  'authorization',
  'x-request-id',
  'traceparent',
  'forwarded',
  'x-forwarded',
  'forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-cluster-client-ip',
  'x-remote-addr',
  'x-remote-user',
  'remote-user',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]
