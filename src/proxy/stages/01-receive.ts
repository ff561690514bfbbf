import { foldNames } from '../../http1/field-name.ts'
import { addForwarded } from '../../http1/forwarded.ts'
import type { Framing, HeadBounds } from '../../http1/framing.ts'
import { readFraming } from '../../http1/framing.ts'
import { readConnectionOptions } from '../../http1/hop-by-hop.ts'
import { readOddTarget } from '../../http1/odd-target.ts'
import { isPlainWord } from '../../http1/plain-word.ts'
import type { StripsField } from '../../http1/reserved.ts'
import { createStripsField } from '../../http1/reserved.ts'
import type { HttpRefusalCode } from '../../http1/rules.ts'
import { refusedBy } from '../../http1/rules.ts'
import { readTarget } from '../../http1/target.ts'
import type { RandomBytes } from '../../http1/traceparent.ts'
import { newTraceparent, readTraceparent } from '../../http1/traceparent.ts'
import type { HeaderList } from '../../lib/header-list.ts'
import { singleValue } from '../../lib/header-list.ts'
import type { Refused } from '../../lib/refused.ts'
import { isRefused } from '../../lib/refused.ts'
import type { Arrival, Exchange, ReceivedRequest } from '../exchange.ts'
import type { Denial, Stage } from '../verdict.ts'
import { deny, denyRefused } from '../verdict.ts'

export type ReceiveOptions = {
  readonly bounds: HeadBounds & { readonly targetBytesMax: number }
  /** `X-Tenant-ID` and `X-Workspace-ID` unless configured otherwise; null captures none. */
  readonly tenantHeader: string | null
  readonly workspaceHeader: string | null
  /** `X-Access-Version`: the client has seen a change at that version, and asks to be judged by it. */
  readonly accessVersionHeader: string | null
  /** `X-QLP-`: nobody but us may set such a field. */
  readonly reservedPrefix: string
  /** Every further name that the sign stage sets. */
  readonly aliases: readonly string[]
  /** Claims of where a request comes from, or who sends it, that go through (http1/believed-fields.ts). */
  readonly passFields: readonly string[]
  /** Proxies in front whose X-Forwarded-* are believed. */
  readonly trustedHops: number
  /** Names a request that brought no id: a UUIDv7. */
  readonly newRequestId: () => string
  readonly randomBytes: RandomBytes
}

/**
 * Builds the stage that makes one unambiguous request of what came over the wire, or refuses it.
 *
 * Selectors and the token are captured, then everything that is not the client's to send on is stripped: what ends at
 * this hop, the reserved prefix and every alias in any spelling, Authorization, Host (the service's own is its
 * configured address), framing, Expect, and every claim of where the request came from. Only then are ours added:
 * X-Request-ID, traceparent, X-Forwarded-*.
 *
 * @returns a stage that sets `exchange.request`, for a refused request too, so that its answer and its record have an
 *   id; refuses with REQUEST_MALFORMED, TARGET_MALFORMED, HEADERS_TOO_LARGE, HTTP_VERSION_REFUSED, METHOD_UNKNOWN,
 *   EXPECTATION_UNKNOWN, CREDENTIALS_AMBIGUOUS or SELECTOR_AMBIGUOUS
 */
export function createReceive(options: ReceiveOptions): Stage {
  const tenantName = options.tenantHeader === null ? null : options.tenantHeader.toLowerCase()
  const workspaceName = options.workspaceHeader === null ? null : options.workspaceHeader.toLowerCase()
  const versionName = options.accessVersionHeader === null ? null : options.accessVersionHeader.toLowerCase()
  const selectors = [tenantName, workspaceName, versionName].filter(name => name !== null)
  const strips = createStripsField({
    prefix: options.reservedPrefix,
    names: [...options.aliases, ...selectors],
    passed: options.passFields,
  })

  return exchange => {
    const { arrival } = exchange
    const folded = foldNames(arrival.headers)
    const id = requestIdOf(arrival.headers, options.newRequestId)
    const trace = traceOf(arrival.headers)
    const traceparent = trace ?? newTraceparent(options.randomBytes)
    const origin = singleValue(arrival.headers, 'origin')
    exchange.request = unreadable(id, traceparent, origin)

    if (arrival.flaw !== null) return distrust(exchange, arrival.flaw)
    const framing = readFraming(arrival.headers, folded, arrival.httpVersion, options.bounds)
    if (isRefused(framing)) return distrust(exchange, framing)
    if (arrival.target.length > options.bounds.targetBytesMax)
      return denyRefused(refusedBy('target-size', `${arrival.target.length} bytes`))
    const forbidden = forbiddenMethod(arrival.method)
    if (forbidden !== null) return forbidden
    let target = readTarget(arrival.target)
    if (isRefused(target)) target = readOddTarget(arrival.target, target)
    if (isRefused(target)) return denyRefused(target)
    const ending = readConnectionOptions(arrival.headers, folded)
    if (isRefused(ending)) return distrust(exchange, ending)

    const tenantRef = selectorOf(arrival.headers, tenantName)
    if (tenantRef === ambiguous) return ambiguousSelector('tenant')
    const workspaceRef = selectorOf(arrival.headers, workspaceName)
    if (workspaceRef === ambiguous) return ambiguousSelector('workspace')
    const accessVersionMin = versionOf(selectorOf(arrival.headers, versionName))
    if (accessVersionMin === null)
      return deny('REQUEST_MALFORMED', 'The access version header comes more than once, or is no number.')

    const headers = endToEnd(arrival.headers, folded, strips, ending, trace !== null)
    headers.push('X-Request-ID', id, 'traceparent', traceparent)
    addForwarded(headers, originOf(arrival, framing), arrival.headers, options.trustedHops)
    exchange.request = {
      id,
      path: target.path,
      segments: target.segments,
      oddities: target.oddities,
      query: target.query,
      origin,
      token: framing.authorization === null ? null : bearerToken(framing.authorization),
      tenantRef,
      workspaceRef,
      accessVersionMin,
      headers,
      contentLength: framing.contentLength,
      expectsContinue: framing.expectsContinue,
      traceparent,
    }
    return null
  }
}

/** Where such a message ends is in doubt, so nothing that follows on its connection may be read as a request. */
function distrust(exchange: Exchange, refusal: Refused<HttpRefusalCode>): Denial {
  exchange.reply.closeAfter()
  return denyRefused(refusal)
}

/** What stands in for a request that was refused before it could be read. */
function unreadable(id: string, traceparent: string, origin: string | null): ReceivedRequest {
  return { ...nothing, id, traceparent, origin }
}

const nothing: Omit<ReceivedRequest, 'id' | 'traceparent' | 'origin'> = Object.freeze({
  path: '',
  segments: [],
  oddities: null,
  query: null,
  token: null,
  tenantRef: null,
  workspaceRef: null,
  accessVersionMin: 0,
  headers: [],
  contentLength: null,
  expectsContinue: false,
})

/** CONNECT would make a tunnel to anywhere, TRACE would echo credentials; no route can allow either. */
function forbiddenMethod(method: string): Denial | null {
  if (method === 'CONNECT' || method === 'TRACE')
    return deny('METHOD_UNKNOWN', `${method} is never allowed.`, methodsThatCanBe)
  return method.length <= 32 && upperCase.test(method) ? null : denyRefused(refusedBy('method-shape', method))
}

const upperCase = /^[A-Z][A-Z-]*$/
const methodsThatCanBe: HeaderList = Object.freeze(['Allow', 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'])

/** As for selectors, an odd spelling of the name is stripped, never believed. */
function requestIdOf(headers: HeaderList, newRequestId: () => string): string {
  const claimed = singleValue(headers, 'x-request-id')
  return claimed !== null && isPlainWord(claimed) ? claimed : newRequestId()
}

function traceOf(headers: HeaderList): string | null {
  const claimed = singleValue(headers, 'traceparent')
  return claimed === null ? null : readTraceparent(claimed)
}

const ambiguous: unique symbol = Symbol('ambiguous')

/** Compared by its exact name, in any case: an odd spelling is stripped, never believed. */
function selectorOf(headers: HeaderList, name: string | null): string | null | typeof ambiguous {
  if (name === null) return null
  let found: string | null = null
  for (let index = 0; index < headers.length; index += 2) {
    const candidate = headers[index]!
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    if (found !== null) return ambiguous
    found = headers[index + 1]!
  }
  return found === null || isPlainWord(found) ? found : ambiguous
}

/** 0 where none is asked for; null for what is no version. */
function versionOf(found: ReturnType<typeof selectorOf>): number | null {
  if (found === null) return 0
  return found !== ambiguous && versionShape.test(found) ? Number(found) : null
}

const versionShape = /^[1-9][0-9]{0,14}$/

function ambiguousSelector(what: 'tenant' | 'workspace'): Denial {
  return deny('SELECTOR_AMBIGUOUS', `The ${what} header comes more than once, or is not one id or slug.`)
}

function endToEnd(
  headers: HeaderList,
  folded: readonly string[],
  strips: StripsField,
  ending: readonly string[],
  keepsTrace: boolean,
): string[] {
  const kept: string[] = []
  for (let index = 0; index < folded.length; index += 1) {
    const name = folded[index]!
    if (strips(name, headers[index * 2]!) || ending.includes(name)) continue
    // A state without the parent it belongs to says nothing (W3C Trace Context §3.3).
    if (!keepsTrace && name === 'tracestate') continue
    kept.push(headers[index * 2]!, headers[index * 2 + 1]!)
  }
  return kept
}

function originOf(arrival: Arrival, framing: Framing) {
  return { address: arrival.peer.address, encrypted: arrival.peer.encrypted, host: framing.host }
}

/** RFC 6750 §2.1, the scheme in any case. Another scheme carries no token for us. */
function bearerToken(authorization: string): string | null {
  if (authorization.length < 8 || authorization.charCodeAt(6) !== 0x20) return null
  if (authorization.slice(0, 6).toLowerCase() !== 'bearer') return null
  let from = 7
  while (authorization.charCodeAt(from) === 0x20) from += 1
  return from === authorization.length ? null : authorization.slice(from)
}
