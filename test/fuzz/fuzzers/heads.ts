import { isIPv6 } from 'node:net'
import { isAuthority } from '../../../src/http1/authority.ts'
import { foldName, foldNames } from '../../../src/http1/field-name.ts'
import { readFraming } from '../../../src/http1/framing.ts'
import { asksToClose, readConnectionOptions } from '../../../src/http1/hop-by-hop.ts'
import { readTraceparent } from '../../../src/http1/traceparent.ts'
import type { HeaderList } from '../../../src/lib/header-list.ts'
import { headerValue } from '../../../src/lib/header-list.ts'
import { isRefused } from '../../../src/lib/refused.ts'
import type { Arrival, Exchange, ReceivedRequest } from '../../../src/proxy/exchange.ts'
import { refusals } from '../../../src/proxy/refusal.ts'
import { createReceive } from '../../../src/proxy/stages/01-receive.ts'
import type { Stage } from '../../../src/proxy/verdict.ts'
import type { StrictRequest } from '../../support/strict-http.ts'
import { readStrictly } from '../../support/strict-http.ts'
import type { Fuzzer } from '../fuzzer.ts'
import { hold, isPlain } from '../fuzzer.ts'
import { generateHead } from './heads-made.ts'

/**
 * Request heads, in process: the functions that read them, one by one and as the receive stage puts them together. What
 * is let through is exactly one request to a strict parser, with the same meaning, before and after it was rebuilt.
 */
export async function startHeads(): Promise<Fuzzer> {
  return { name: 'heads', concurrency: 1, generate: generateHead, check, close: async () => {} }
}

const bounds = { headerCountMax: 100, headerBytesMax: 8192, targetBytesMax: 2048 }
const ours = 'X-QLP-'
const peer = { address: '192.0.2.7', port: 4711, encrypted: false }
const receives = [0, 2].map(trustedHops => ({
  receive: receiveWith(bounds, trustedHops),
  // What is sent has some fields more than what came.
  receiveAgain: receiveWith(
    { headerCountMax: 200, headerBytesMax: 16_384, targetBytesMax: 2048 },
    trustedHops,
  ),
}))

function receiveWith(within: typeof bounds, trustedHops: number) {
  return createReceive({
    bounds: within,
    tenantHeader: 'X-Tenant-ID',
    workspaceHeader: 'X-Workspace-ID',
    accessVersionHeader: 'X-Access-Version',
    reservedPrefix: ours,
    aliases: ['X-User-ID'],
    passFields: [],
    trustedHops,
    newRequestId: () => 'made-here',
    randomBytes: count => new Uint8Array(count).fill(7),
  })
}

type Head = {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  readonly headers: HeaderList
}

function check(input: string): string {
  const head = splitHead(input)
  if (head === null) return 'no head'
  const folded = foldNames(head.headers)
  for (const name of folded)
    hold(/^[a-z0-9-]*$/.test(name) && foldName(name) === name, 'folding is idempotent')
  checkParts(head, folded)

  let word = ''
  for (const { receive, receiveAgain } of receives) {
    const exchange = arrive(head)
    const denial = receive(exchange)
    hold(!(denial instanceof Promise), 'receive waits for nothing')
    hold(/^[A-Za-z0-9._-]{1,64}$/.test(exchange.request!.id), 'a request has a harmless id, refused or not')
    hold(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(exchange.request!.traceparent), 'and a trace')
    if (denial !== null) {
      hold(Object.hasOwn(refusals, denial.refusal.code), 'a refusal is one of the table')
      const told = `${denial.detail} ${denial.offending}`
      hold(isPlain(told) && told.length < 500, 'what the log learns is one bounded, printable line')
      word ||= denial.refusal.code
    } else {
      checkForwarded(head, exchange.request!, receiveAgain)
      word ||= 'accepted'
    }
  }
  return word
}

/** As node hands it on: lines split, blanks around values cut off; a name that is no token never comes so far. */
function splitHead(input: string): Head | null {
  const end = input.indexOf('\r\n\r\n')
  const lines = (end === -1 ? input : input.slice(0, end)).split(/\r?\n/)
  const line = /^([^ \r\n]+) ([^ \r\n]+) HTTP\/([0-9.]+)$/.exec(lines[0]!)
  if (line === null) return null
  const headers: string[] = []
  for (const each of lines.slice(1)) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(each)
    if (field !== null && !isFarImitation(field[1]!)) headers.push(field[1]!, field[2]!)
  }
  return { method: line[1]!, target: line[2]!, httpVersion: line[3]!, headers }
}

/**
 * `Transfer--Encoding`: the strict parser takes it for the name without the second mark, but nothing that turns marks
 * into others makes one of two.
 */
function isFarImitation(name: string): boolean {
  const squeezed = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return framingNames.has(squeezed) && foldName(name) !== squeezed
}

const framingNames = new Set(['host', 'content-length', 'transfer-encoding'])

function arrive(head: Head): Exchange {
  const arrival: Arrival = { ...head, body: null, flaw: null, peer, atMs: 0, startedMs: 0 }
  return { arrival, reply: { closeAfter: () => {} }, request: null } as unknown as Exchange
}

function checkParts({ headers, httpVersion }: Head, folded: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1]!
    if (isAuthority(value)) checkAuthority(value)
    const trace = readTraceparent(value)
    if (trace !== null) hold(readTraceparent(trace) === trace, 'a traceparent that was read is read again')
  }
  const framing = readFraming(headers, folded, httpVersion, bounds)
  const options = readConnectionOptions(headers, folded)
  if (isRefused(options)) {
    hold(options.refused === 'REQUEST_MALFORMED', 'a Connection is refused with its own code')
    return
  }
  hold(
    options.includes('close') ? asksToClose(headers) || countOf(folded, 'connection') > 0 : true,
    'close closes',
  )
  if (isRefused(framing)) return
  hold(!(framing.chunked && framing.contentLength !== null), 'a message is framed in one way')
}

const authority = /^(?:\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9._~-]+)(?::([0-9]{1,5}))?$/

function checkAuthority(value: string): void {
  const found = authority.exec(value)
  hold(found !== null, 'an authority is a name or an address, perhaps with a port')
  hold(found[1] === undefined || isIPv6(found[1]), 'what stands in brackets is an address')
  hold(found[2] === undefined || Number(found[2]) < 65_536, 'a port is one')
}

function countOf(folded: readonly string[], name: string): number {
  return folded.filter(each => each === name).length
}

function checkForwarded(head: Head, request: ReceivedRequest, receiveAgain: Stage): void {
  const folded = foldNames(head.headers)
  const framing = readFraming(head.headers, folded, head.httpVersion, bounds)
  hold(!isRefused(framing), 'what receive lets through has a framing')
  const { contentLength, chunked } = framing

  const target = request.query === null ? request.path : `${request.path}?${request.query}`
  hold(target === head.target, 'the target that is sent is the one that came')
  if (head.httpVersion === '1.1') checkMeaning(head, contentLength, chunked)

  const names = foldNames(request.headers)
  const mine = new Set([
    'x-request-id',
    'traceparent',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
  ])
  for (const name of names) {
    hold(!isReserved(name), 'nothing reserved survives')
    if (mine.has(name)) hold(countOf(names, name) === 1, 'what is ours comes once')
  }
  for (const name of mine)
    hold(
      countOf(names, name) === 1 || (name === 'x-forwarded-host' && framing.host === null),
      `${name} is there`,
    )
  const chain = headerValue(request.headers, 'x-forwarded-for')!.split(', ')
  hold(
    chain.length <= 3 && chain.at(-1) === peer.address,
    'the chain ends with the peer, and is no longer than told',
  )

  const sent = sentBytes(head.method, target, request.headers, contentLength, chunked)
  const read = readStrictly(sent)
  hold(
    read.violation === null && read.requests.length === 1,
    `what is sent is one strict request: ${read.violation?.rule}`,
  )
  const [one] = read.requests as [StrictRequest]
  hold(one.method === head.method && one.target === target, 'and the same request')
  hold(
    one.framing === (chunked ? 'chunked' : contentLength === null ? 'none' : 'length'),
    'with the same framing',
  )

  const again = arrive({
    ...head,
    target,
    headers: ['Host', 'service', ...request.headers],
    httpVersion: '1.1',
  })
  hold(receiveAgain(again) === null, 'what is sent would be let through')
  const rest = (headers: HeaderList) => headers.filter((_, index) => !isRebuilt(headers[index & ~1]!))
  hold(same(rest(again.request!.headers), rest(request.headers)), 'and would change no more')
}

/** What came in, written down as it was understood, means the same to a strict reader. */
function checkMeaning(head: Head, contentLength: number | null, chunked: boolean): void {
  const headers = head.headers.filter((_, index) => {
    const name = head.headers[index & ~1]!.toLowerCase()
    return !framingNames.has(name) && name !== 'connection'
  })
  const read = readStrictly(sentBytes(head.method, head.target, headers, contentLength, chunked))
  hold(
    read.violation === null && read.requests.length === 1,
    `what is let through is strict: ${read.violation?.rule}`,
  )
}

function sentBytes(
  method: string,
  target: string,
  headers: HeaderList,
  contentLength: number | null,
  chunked: boolean,
): string {
  let text = `${method} ${target} HTTP/1.1\r\nHost: service\r\n`
  for (let index = 0; index < headers.length; index += 2)
    text += `${headers[index]}: ${headers[index + 1]}\r\n`
  const length = Math.min(contentLength ?? 0, 64)
  if (chunked) return `${text}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`
  return contentLength === null
    ? `${text}\r\n`
    : `${text}Content-Length: ${length}\r\n\r\n${'b'.repeat(length)}`
}

/** As a CGI program would spell it: whatever could pass for one of these must not come from a client. */
function isReserved(folded: string): boolean {
  return /^x-qlp-|^(x-user-id|x-tenant-id|x-workspace-id|x-access-version|authorization|host|connection|content-length|transfer-encoding)$/.test(
    folded,
  )
}

function isRebuilt(name: string): boolean {
  return /^x-forwarded-/i.test(name)
}

function same(one: HeaderList, other: HeaderList): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index])
}
