import type { HeaderList } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import { foldName } from './field-name.ts'
import { refusedBy } from './rules.ts'

/** Fields that end at this hop whatever Connection says (RFC 9110 §7.6.1), folded. */
export const hopByHopNames: readonly string[] = Object.freeze([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
])

/** What Connection must never name: taken away, each of these would change what the request means or who sends it. */
const neverListed: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'authorization',
  'cookie',
  'expect',
  'range',
])

const none: readonly string[] = Object.freeze([])

/**
 * The fields that the client declares to end at this hop, folded. They are stripped before any field of ours is added,
 * so that Connection can never name one of ours away (CVE-2026-33805, CVE-2024-45410, CVE-2026-29054).
 *
 * @returns REQUEST_MALFORMED for a Connection that names a field no honest client would, or too many, or is not a list of
 *   tokens
 */
export function readConnectionOptions(
  headers: HeaderList,
  folded: readonly string[],
): readonly string[] | Refused<'REQUEST_MALFORMED'> {
  let options: readonly string[] = none
  for (let index = 0; index < folded.length; index += 1) {
    if (folded[index] !== 'connection') continue
    const value = headers[index * 2 + 1]!
    const single = common.get(value)
    if (single !== undefined && options.length === 0) {
      options = single
      continue
    }
    const read = readList(value)
    if (read === 'too many') return refusedBy('connection-too-many')
    if (read === null) return refusedBy('connection-not-tokens', value)
    options = options.length === 0 ? read : [...options, ...read]
    if (options.length > optionsMax) return refusedBy('connection-too-many', `${options.length} names`)
  }
  for (let index = 0; index < options.length; index += 1) {
    if (neverListed.has(options[index]!)) return refusedBy('connection-names', options[index]!)
  }
  return options
}

/**
 * Whether nothing may follow this message on its connection. Read by our own parser as well, because that of Node 20
 * overlooked `close` before a tab (threats 19); a Connection that cannot be read closes, too.
 */
export function asksToClose(headers: HeaderList): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    const options = common.get(headers[index + 1]!) ?? readList(headers[index + 1]!)
    if (options === null || options === 'too many' || options.includes('close')) return true
  }
  return false
}

/** What nearly every client sends, so that nothing is parsed for it. */
const common: ReadonlyMap<string, readonly string[]> = new Map([
  ['keep-alive', Object.freeze(['keep-alive'])],
  ['Keep-Alive', Object.freeze(['keep-alive'])],
  ['close', Object.freeze(['close'])],
  ['Upgrade', Object.freeze(['upgrade'])],
])

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Each field of a request is looked for among all of them. */
const optionsMax = 64

function readList(value: string): string[] | 'too many' | null {
  const options: string[] = []
  // Empty items count, too: a list of nothing but commas would cost as much.
  const items = value.split(',', optionsMax + 1)
  if (items.length > optionsMax) return 'too many'
  for (const item of items) {
    const name = trimBlanks(item)
    if (name === '') continue
    if (!token.test(name)) return null
    options.push(foldName(name))
  }
  return options
}

/** Blanks of HTTP are space and tab only; String.trim knows more. */
function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
