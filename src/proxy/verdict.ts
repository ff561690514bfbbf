import type { HeaderList } from '../lib/header-list.ts'
import type { Refused } from '../lib/refused.ts'
import type { Exchange } from './exchange.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
import { refusalOf } from './refusal.ts'

/** One stage's no. */
export type Denial = {
  readonly refusal: Refusal
  /** One sentence for the log: what was compared with what. Nothing secret; never sent to the client. */
  readonly detail: string
  /** Which rule of strict HTTP or of tokens said no; a metric counts by it. Null where the code says it all. */
  readonly rule: string | null
  /** The bytes that broke the rule, escaped and cut, for the log; null where there are none to show. */
  readonly offending: string | null
  /** Fields the answer must carry beside its body: Allow, Retry-After, WWW-Authenticate. */
  readonly headers: HeaderList
  /** The mode it was reached under: `shadow` is recorded and the request goes on, `enforce` ends it. */
  readonly mode: 'shadow' | 'enforce'
}

/** What a stage decided: null lets the request go on. */
export type Verdict = Denial | null

/** An answer of the sidecar's own to what nobody refuses and no service is asked about: a preflight. It has no body. */
export type OwnAnswer = { readonly answers: number; readonly headers: HeaderList }

/**
 * One step of a request's life. It fills its own field of the exchange and no other, returns a promise only if it must
 * wait, and throws a Fault for what the caller could not prevent.
 */
export type Stage = (exchange: Exchange) => Verdict | Promise<Verdict>

/** What ends the decision: null lets the request go on. */
export type Decided = Verdict | OwnAnswer

/** The one step that may also answer by itself. */
export type RouteStage = (exchange: Exchange) => Decided

const noHeaders: HeaderList = Object.freeze([])

export function deny(code: RefusalCode, detail: string, headers: HeaderList = noHeaders): Denial {
  return { refusal: refusalOf(code), detail, rule: null, offending: null, headers, mode: 'enforce' }
}

/** The same for what a domain folder refuses. */
export function denyRefused(
  { refused, detail, rule, offending }: Refused<RefusalCode>,
  headers: HeaderList = noHeaders,
): Denial {
  return { refusal: refusalOf(refused), detail, rule, offending, headers, mode: 'enforce' }
}

/** Whether it is that, rather than a refusal or a fault. */
export function isOwnAnswer(ended: object): ended is OwnAnswer {
  return 'answers' in ended
}
