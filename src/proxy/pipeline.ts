import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { asFault } from '../lib/fault.ts'
import type { Exchange } from './exchange.ts'
import { governed } from './governed.ts'
import type { Decided, Denial, OwnAnswer, RouteStage, Stage, Verdict } from './verdict.ts'
import { isOwnAnswer } from './verdict.ts'

/** The stages that decide, in the order they run. */
export const decidingStages = [
  'receive',
  'route',
  'authenticate',
  'identifyTenant',
  'authorize',
  'throttle',
  'sign',
] as const

export type DecidingStage = (typeof decidingStages)[number]

export type Stages = Readonly<Record<Exclude<DecidingStage, 'route'>, Stage>> & {
  readonly route: RouteStage
  /** Sends the request on and the service's answer back; a body that grows too large is still refused here. */
  readonly forward: (exchange: Exchange) => Promise<Verdict>
  /** Turns a refusal, a fault, or an answer of our own into a response. */
  readonly answer: (exchange: Exchange, ended: Denial | Fault | OwnAnswer) => void
  /** Metrics, the access line: runs for every request, whatever happened, and never throws. */
  readonly record: (exchange: Exchange) => void
}

/**
 * The life of a request. This is the only place that knows the order of the stages, and the only one that turns an
 * exception into an answer.
 *
 * @returns handles one exchange; the promise resolves once it is answered and recorded, and never rejects
 */
export function createPipeline(stages: Stages, clock: Clock): (exchange: Exchange) => Promise<void> {
  const deciding: readonly (Stage | RouteStage)[] = [
    stages.receive,
    stages.route,
    governed('authenticate', stages.authenticate),
    governed('identifyTenant', stages.identifyTenant),
    governed('authorize', stages.authorize),
    governed('throttle', stages.throttle),
    stages.sign,
  ]
  return async exchange => {
    try {
      const decision = decide(exchange, deciding, clock)
      const decided = decision instanceof Promise ? await decision : decision
      const ended = decided ?? (exchange.client.gone ? leave(exchange) : await stages.forward(exchange))
      if (ended !== null) end(exchange, ended)
    } catch (error) {
      end(exchange, asFault(error))
    } finally {
      stages.record(exchange)
    }
  }

  function end(exchange: Exchange, ended: Denial | Fault | OwnAnswer): void {
    if (!isOwnAnswer(ended)) exchange.ended = ended
    stages.answer(exchange, ended)
  }
}

/** The client did not wait for the decision: nothing is sent on, and the record says who broke it off. */
function leave({ outcome }: Exchange): null {
  outcome.aborted ??= 'client'
  return null
}

/** Stops at an enforced refusal or an answer, goes on after a shadowed refusal, and waits only for promises. */
function decide(
  exchange: Exchange,
  stages: readonly (Stage | RouteStage)[],
  clock: Clock,
): Decided | Promise<Decided> {
  for (let index = 0; index < stages.length; index += 1) {
    const startedMs = clock.elapsedMs()
    const verdict = stages[index]!(exchange)
    if (verdict instanceof Promise) return decideLater(exchange, stages, clock, index, startedMs, verdict)
    exchange.stageMs[index] = clock.elapsedMs() - startedMs
    if (stops(exchange, verdict)) return verdict
  }
  return null
}

async function decideLater(
  exchange: Exchange,
  stages: readonly (Stage | RouteStage)[],
  clock: Clock,
  from: number,
  fromMs: number,
  pending: Promise<Decided>,
): Promise<Decided> {
  let startedMs = fromMs
  for (let index = from; index < stages.length; index += 1) {
    if (index > from) startedMs = clock.elapsedMs()
    const result = index === from ? pending : stages[index]!(exchange)
    const verdict = result instanceof Promise ? await result : result
    exchange.stageMs[index] = clock.elapsedMs() - startedMs
    if (stops(exchange, verdict)) return verdict
  }
  return null
}

function stops(exchange: Exchange, verdict: Decided): boolean {
  if (verdict === null) return false
  if (isOwnAnswer(verdict) || verdict.mode === 'enforce') return true
  exchange.shadowed.push(verdict)
  return false
}
