import { asFault } from '../lib/fault.ts'
import type { GovernedStage } from '../route/rule.ts'
import type { Exchange } from './exchange.ts'
import type { Denial, Stage, Verdict } from './verdict.ts'

/**
 * Runs a stage in the mode its route gives it: `enforce` as it is; `shadow` records what it would have refused, or how
 * it broke, and lets the request go on; `off` does not run it. Of a public route only throttle has anything to
 * ask: nobody is known, but the address is.
 */
export function governed(name: GovernedStage, stage: Stage): Stage {
  return exchange => {
    const rule = exchange.route!.rule
    if (rule.permission === null && name !== 'throttle') return null
    const mode = rule.modes[name]
    if (mode === 'enforce') return stage(exchange)
    if (mode === 'off') return null
    return watch(exchange, stage)
  }
}

function watch(exchange: Exchange, stage: Stage): Verdict | Promise<Verdict> {
  try {
    const verdict = stage(exchange)
    if (!(verdict instanceof Promise)) return shadow(verdict)
    return verdict.then(shadow, error => noteFault(exchange, error))
  } catch (error) {
    return noteFault(exchange, error)
  }
}

function shadow(verdict: Verdict): Denial | null {
  return verdict === null ? null : { ...verdict, mode: 'shadow' }
}

function noteFault(exchange: Exchange, error: unknown): null {
  exchange.shadowed.push(asFault(error))
  return null
}
