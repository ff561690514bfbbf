import { tenants } from '../../support/sidecar.ts'
import type { StrictRequest } from '../../support/strict-http.ts'
import { valuesOf } from '../../support/strict-http.ts'
import type { Forwarded, HeadCase } from './case.ts'
import type { Lane, Seen } from './lane.ts'

export type Fragmentation = (typeof fragmentations)[number]

export const fragmentations = [
  'whole',
  'byte by byte',
  'split at each CRLF',
  'behind a good request',
] as const

export type Verdict = {
  /** Null where all is as it has to be. */
  readonly fault: string | null
  /** Something arrived at the service that two readers could read differently, or that nobody had asked for. */
  readonly ambiguous: boolean
  readonly outcome: 'refused' | 'cut' | 'forwarded'
}

type Tried = Pick<HeadCase, 'bytes' | 'expected' | 'last' | 'endless' | 'alone'>

/** Sends one case with a good request behind it, in pieces, and judges what the service got and the client was told. */
export async function judge(lane: Lane, tried: Tried, fragmentation: Fragmentation): Promise<Verdict> {
  const { token } = lane.sidecar
  const mine = token('acme', 'member')
  const behind = fragmentation === 'behind a good request'
  const good = behind ? goodRequest(token('globex', 'member')) : ''
  const after = `GET /notes/after HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${mine}\r\n\r\n`
  // What never ends must not find its end in what follows.
  const bytes = good + tried.bytes.replaceAll('{token}', mine) + (tried.endless === true ? '' : after)
  const hangUpAfter = tried.endless === true ? (behind ? /^HTTP\/1.1 200/ : /^/) : null
  return verdictOf(tried, await lane.send(piecesOf(bytes, mine, fragmentation), hangUpAfter), behind)
}

function goodRequest(token: string): string {
  return `GET /notes/good HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

/** Byte by byte, but for tokens and for long runs of one byte. */
function piecesOf(bytes: string, token: string, fragmentation: Fragmentation): string[] {
  if (fragmentation === 'split at each CRLF') return bytes.split(/(?<=\r\n)/)
  if (fragmentation !== 'byte by byte') return [bytes]
  return bytes
    .split(token)
    .flatMap((text, index) => [
      ...(index === 0 ? [] : [token]),
      ...(text.match(/([\s\S]{1,4})\1{24,}|[\s\S]/g) ?? []),
    ])
}

function verdictOf(tried: Tried, seen: Seen, behind: boolean): Verdict {
  const { expected } = tried
  const statuses = statusesOf(seen.answer)
  const rest = [...seen.forwarded]
  const hostile = seen.violations.filter(({ rule }) => expected !== 'broken' || !rule.startsWith('cut'))
  const goodServed = takeOne(rest, { method: 'GET', target: '/notes/good', body: '' }, tenants.globex.id)
  const went = typeof expected === 'object' && takeOne(rest, expected, tenants.acme.id)
  const nextServed = takeOne(rest, { method: 'GET', target: '/notes/after', body: '' }, tenants.acme.id)

  const faults = [
    ...(seen.hung ? ['the connection hung'] : []),
    ...(behind && tried.alone !== true ? faultsOfGood(goodServed, seen.answer) : []),
    ...hostile.map(({ rule }) => `the service got what breaks the rule: ${rule}`),
    ...rest.map(
      each => `the service got ${JSON.stringify([each.method, each.target, each.body.slice(0, 60)])}`,
    ),
  ]
  if (behind) statuses.shift()
  if (typeof expected === 'object') {
    if (!went) faults.push(`it did not arrive, but ${statuses.join()}`)
    else if (!isAnswered(expected, seen.answer)) faults.push('it was not answered')
    else if (nextServed && tried.last === true) faults.push('what followed it was served')
    else if (!nextServed && !saysClose.test(seen.answer)) faults.push('what followed it was not served')
  } else {
    if (nextServed && expected !== 'denied') faults.push('what followed it was served')
    if (nextServed) statuses.pop()
    if (!isHeard(tried, statuses, behind)) faults.push(`it was answered ${statuses.join()}`)
  }
  return {
    fault: faults.length === 0 ? null : faults.join('; '),
    ambiguous:
      hostile.length > 0 ||
      rest.length > 0 ||
      (nextServed && (expected === 'refused' || expected === 'broken')),
    outcome: went ? 'forwarded' : seen.violations.length > 0 ? 'cut' : 'refused',
  }
}

const saysClose = /^connection: close\r$/im

function faultsOfGood(served: boolean, answer: string): string[] {
  if (!served) return ['the good request did not arrive']
  return /^HTTP\/1\.1 200 /.test(answer) &&
    firstBody(answer).startsWith(`${tenants.globex.id} GET /notes/good `)
    ? []
    : ['the good request was not answered, or as another one']
}

function isAnswered({ method, target }: Forwarded, answer: string): boolean {
  return method === 'HEAD' || answer.includes(`${tenants.acme.id} ${method} ${target} `)
}

/** Behind a good request there may be no place left to answer from, and a body may break when its answer has begun. */
function isHeard({ expected, endless }: Tried, statuses: readonly string[], behind: boolean): boolean {
  if (endless === true) return true
  if (expected === 'broken') return statuses.every(status => status === '200' || refusals.includes(status))
  return statuses.every(status => refusals.includes(status)) && (behind || statuses.length === 1)
}

const refusals = ['400', '405', '417', '431', '501', '505']

/** Takes the request out of the list, if it is there and names this tenant. */
function takeOne(requests: StrictRequest[], wanted: Forwarded, tenant: string): boolean {
  const at = requests.findIndex(
    each =>
      each.method === wanted.method &&
      each.target === wanted.target &&
      each.body === wanted.body &&
      valuesOf(each, 'x-qlp-tenant-id').join() === tenant,
  )
  if (at !== -1) requests.splice(at, 1)
  return at !== -1
}

/** Final ones, in their order. */
function statusesOf(answer: string): string[] {
  return [...answer.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(match => match[1]!)
}

function firstBody(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}
