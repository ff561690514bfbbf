import type { Cors } from '../../http1/cors.ts'
import { foldName, foldNames } from '../../http1/field-name.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { HeaderList } from '../../lib/header-list.ts'
import { policyViolation } from '../../upstream/farewell.ts'
import type { Upstream } from '../../upstream/port.ts'
import type { Exchange } from '../exchange.ts'
import { measureBody } from '../measured-body.ts'
import type { OpenSockets } from '../open-sockets.ts'
import type { OpenStreams } from '../open-streams.ts'
import { Passage } from '../passage.ts'
import { createServiceFields } from '../service-fields.ts'
import type { Denial, Verdict } from '../verdict.ts'
import { deny } from '../verdict.ts'

export type ForwardOptions = {
  readonly upstream: Upstream
  /** Watches what is forwarded, and withdraws it when it may not go on. */
  readonly streams: Pick<OpenStreams, 'add' | 'remove'>
  readonly sockets: Pick<OpenSockets, 'take'>
  readonly cors: Pick<Cors, 'varies' | 'answerFields'>
  readonly clock: Clock
  readonly settings: {
    /** `X-QLP-`: nothing under it comes from a client or leaves a service. */
    readonly reservedPrefix: string
    /** Tells operators how old what a request was judged by is; null tells nobody. */
    readonly ageHeader: string | null
    /** How long a client may leave an answer unread while more of it waits; then it is cut off (threat 91). */
    readonly clientStallMs: number
  }
}

/**
 * Builds the stage that sends a decided request on, and the service's answer back, as both come, at the pace of
 * whoever reads slower. The proof goes out last, and no other field of the request may bear one of its names.
 *
 * The client may leave, and the service break off, at any time: the other side is cut in the same turn. A body is
 * measured while it streams; too large a one cuts the service off and is refused with BODY_TOO_LARGE. Whatever is
 * withdrawn while it is under way is cut on both sides, an open WebSocket with a close frame, and ends with the refusal
 * or fault that it was withdrawn for.
 *
 * @returns fills `exchange.outcome`; refuses with SOCKETS_EXHAUSTED; throws UPSTREAM_UNREACHABLE, UPSTREAM_BROKEN,
 *   UPSTREAM_SLOW or SOCKETS_FULL, and whoever turns a refusal or a fault into an answer must cut the connection where
 *   `reply.begun`
 */
export function createForward(options: ForwardOptions): (exchange: Exchange) => Promise<Verdict> {
  const { upstream, streams, sockets, clock, settings } = options
  const prefix = foldName(settings.reservedPrefix)
  const fields = createServiceFields({ ...settings, cors: options.cors, clock })

  return async exchange => {
    const headers = provenFields(exchange, prefix)
    return exchange.tunnel === null ? send(exchange, headers) : openSocket(exchange, headers)
  }

  async function openSocket(exchange: Exchange, headers: HeaderList): Promise<Verdict> {
    const place = sockets.take(exchange.access?.document.tenant.id ?? null)
    if (place === 'tenant') return deny('SOCKETS_EXHAUSTED', 'bounds.socketsPerTenant are open.', retryLater)
    if (place === 'all') throw new Fault('SOCKETS_FULL', 'open a WebSocket: bounds.sockets are open')
    try {
      return await openTunnel(exchange, headers)
    } finally {
      place.leave()
    }
  }

  async function send(exchange: Exchange, headers: HeaderList): Promise<Verdict> {
    const { arrival, reply, client, outcome } = exchange
    const request = exchange.request!
    const { rule } = exchange.route!
    const hasBody = arrival.body !== null && request.contentLength !== 0
    if (hasBody && (request.contentLength ?? 0) > rule.bodyBytesMax) return tooLarge(rule.bodyBytesMax)
    if (hasBody && request.expectsContinue) reply.inform(100, [])

    const passage = new Passage(exchange, clock, fields, settings.clientStallMs)
    const body = hasBody ? measureBody(arrival.body!, rule.bodyBytesMax, () => passage.overflow()) : null
    const stream = streams.add(exchange, passage)
    try {
      const sent = await upstream.send(
        {
          method: arrival.method,
          target: targetOf(exchange),
          headers,
          body: body === null ? null : body.stream,
          contentLength: request.contentLength,
          headersTimeoutMs: rule.timeouts.headersMs,
          idleTimeoutMs: rule.timeouts.idleMs,
        },
        passage,
        cancel => {
          passage.onCancel(cancel)
          client.onGone(() => passage.clientLeft())
        },
      )
      outcome.retried = sent.retried
      return null
    } catch (error) {
      passage.note()
      if (passage.withdrawn !== null) return endWithdrawn(exchange, passage.withdrawn)
      if (passage.cut === 'overflow') return tooLarge(rule.bodyBytesMax)
      if (passage.cut === 'client' || client.gone) {
        outcome.aborted ??= 'client'
        reply.abort()
        return null
      }
      if (reply.begun) outcome.aborted ??= 'upstream'
      throw error
    } finally {
      streams.remove(stream)
      passage.over()
      outcome.bytesIn = body === null ? 0 : body.bytes()
    }
  }

  async function openTunnel(exchange: Exchange, headers: HeaderList): Promise<Verdict> {
    const { outcome, reply, client } = exchange
    const tunnel = exchange.tunnel!
    const passage = new Passage(exchange, clock, fields, settings.clientStallMs)
    passage.onCancel(() => {
      if (!tunnel.close(policyViolation)) reply.abort()
    })
    const stream = streams.add(exchange, passage)
    const end = await tunnel.open({
      target: targetOf(exchange),
      headers,
      idleTimeoutMs: exchange.route!.rule.timeouts.idleMs,
      switchingFields: answered => passage.switching(answered),
      plain: passage,
    })
    streams.remove(stream)
    passage.over()
    outcome.bytesIn += end.bytesIn
    outcome.bytesOut += end.bytesOut
    if (passage.withdrawn !== null) return endWithdrawn(exchange, passage.withdrawn)
    if (end.fault === null) {
      if (end.status === 0 || passage.cut !== null) outcome.aborted ??= 'client'
      return null
    }
    if (passage.cut === null && !client.gone && end.status !== 0) outcome.aborted ??= 'upstream'
    throw end.fault
  }
}

/**
 * The fields of the request, then the proof. What receive stripped is looked for once more, because a second field of
 * one of these names is all an impostor needs (threats 36 to 38).
 */
function provenFields(exchange: Exchange, prefix: string): HeaderList {
  const { headers } = exchange.request!
  const proof = exchange.proof ?? noFields
  const reserved = namesOf(proof)
  for (let index = 0; index < headers.length; index += 2) {
    const name = foldName(headers[index]!)
    if (name.startsWith(prefix) || reserved.has(name))
      throw new Fault('INTERNAL', 'keep the fields of the proof apart from those of the client')
  }
  return proof.length === 0 ? headers : [...headers, ...proof]
}

/** Answered as if it had been refused at first where nothing was answered yet; what has begun is cut. */
function endWithdrawn({ outcome }: Exchange, why: Denial | Fault): Denial {
  outcome.aborted = 'revoked'
  if ('refusal' in why) return why
  throw why
}

const noFields: HeaderList = Object.freeze([])

/** Nobody knows when one of them closes. */
const retryLater: HeaderList = Object.freeze(['Retry-After', '10'])

/** A proof is made once and sent many times, so its names are folded once. */
const namesOfProof = new WeakMap<HeaderList, ReadonlySet<string>>()

function namesOf(proof: HeaderList): ReadonlySet<string> {
  const known = namesOfProof.get(proof)
  if (known !== undefined) return known
  const names = new Set(foldNames(proof))
  namesOfProof.set(proof, names)
  return names
}

function targetOf({ request }: Exchange): string {
  return request!.query === null ? request!.path : `${request!.path}?${request!.query}`
}

function tooLarge(bytesMax: number): Denial {
  return deny('BODY_TOO_LARGE', `The body has more than ${bytesMax} bytes.`)
}
