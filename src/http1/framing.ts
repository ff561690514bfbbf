import type { HeaderList } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import { isAuthority } from './authority.ts'
import { bareName } from './field-name.ts'
import type { HttpRefusalCode } from './rules.ts'
import { refusedBy } from './rules.ts'

export type HeadBounds = { readonly headerCountMax: number; readonly headerBytesMax: number }

/** What the head says of the message itself, once it is known to say it in one way only. */
export type Framing = {
  /** Null only in HTTP/1.0, where Host is optional. */
  readonly host: string | null
  /** Null when chunked or when nothing announces a body. */
  readonly contentLength: number | null
  readonly chunked: boolean
  /** The client waits for 100 before it sends the body it announced (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean
  readonly authorization: string | null
}

/**
 * Reads the framing of a request (RFC 9112 §6) and refuses whatever two parsers could read differently: any field that
 * frames, routes or authenticates and comes twice or in an odd spelling, lengths that are not plain digits, any
 * transfer coding but one exact `chunked`, control characters in values.
 *
 * Bytes from 0x80 on are refused in values, too: one server reads Latin-1, the next UTF-8, and 0x85 or 0xA0 may be
 * trimmed as white space. Only Cookie may hold them, because browsers do send such cookies and nobody here reads them.
 *
 * @param folded the names of `headers`, folded (field-name.ts)
 */
export function readFraming(
  headers: HeaderList,
  folded: readonly string[],
  httpVersion: string,
  bounds: HeadBounds,
): Framing | Refused<HttpRefusalCode> {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refusedBy('http-version', httpVersion)
  if (folded.length > bounds.headerCountMax) return refusedBy('headers-count', `${folded.length} fields`)

  const found: Singletons = { ...noSingletons }
  let bytes = 0
  for (let index = 0; index < folded.length; index += 1) {
    const name = headers[index * 2]!
    const value = headers[index * 2 + 1]!
    bytes += name.length + value.length + 4
    const key = folded[index]!
    const odd = oddCharacterAt(value, key === 'cookie')
    if (odd !== -1) return refusedBy('field-character', value.charAt(odd))
    const place = singletons.get(bareName(key))
    if (place === undefined) continue
    if (name.toLowerCase() !== place) return refusedBy('field-imitates', name)
    if (found[place] !== null)
      return place === 'authorization'
        ? refusedBy('authorization-repeated')
        : refusedBy('field-repeated', name)
    found[place] = value
  }
  if (bytes > bounds.headerBytesMax) return refusedBy('headers-size', `${bytes} bytes`)
  return judge(found, httpVersion === '1.0')
}

/** What is found of the fields that may come once; their values matter to somebody who reads only the first, or last. */
type Singletons = Record<(typeof singletonNames)[number], string | null>

const singletonNames = [
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'content-type',
  'expect',
  'upgrade',
  'range',
  'sec-websocket-key',
  'sec-websocket-version',
  'origin',
  'access-control-request-method',
] as const

const singletons: ReadonlyMap<string, keyof Singletons> = new Map(singletonNames.map(name => [name, name]))

const noSingletons: Readonly<Singletons> = Object.freeze(
  Object.fromEntries(singletonNames.map(name => [name, null])) as Singletons,
)

function judge(found: Singletons, isOld: boolean): Framing | Refused<HttpRefusalCode> {
  const host = found.host
  if (host === null ? !isOld : !isAuthority(host))
    return refusedBy('host-invalid', host?.includes('@') ? null : host)

  const lengthText = found['content-length']
  const coding = found['transfer-encoding']
  if (coding !== null) {
    if (lengthText !== null) return refusedBy('length-and-coding')
    if (isOld) return refusedBy('coding-in-http-1.0')
    if (coding.toLowerCase() !== 'chunked') return refusedBy('coding-unknown', coding)
  }
  const contentLength = lengthText === null ? null : digits(lengthText)
  if (contentLength === -1) return refusedBy('length-not-digits', lengthText)

  const expect = found.expect
  if (expect !== null && expect.toLowerCase() !== '100-continue') return refusedBy('expect-unknown', expect)
  const chunked = coding !== null
  return {
    host,
    contentLength,
    chunked,
    // A server ignores the expectation of an HTTP/1.0 client, and of one that has no body to send.
    expectsContinue: expect !== null && !isOld && (chunked || (contentLength ?? 0) > 0),
    authorization: found.authorization,
  }
}

/** Plain digits up to 2^53 − 1, else −1. */
function digits(text: string): number {
  if (text.length === 0 || text.length > 16) return -1
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x30 || code > 0x39) return -1
  }
  const value = Number(text)
  return value <= Number.MAX_SAFE_INTEGER ? value : -1
}

/** Where the first character is that a value must not hold; −1 where there is none. */
function oddCharacterAt(value: string, mayBeForeign: boolean): number {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index)
    if (code >= 0x20 && code < 0x7f) continue
    if (code === 0x09 || (code >= 0x80 && mayBeForeign)) continue
    return index
  }
  return -1
}
