import type { Issuer } from '../../../src/token/issuer.ts'
import type { WorldKeys } from '../../support/token-world.ts'
import type { Json, TestKey } from '../../support/tokens.ts'
import { makeClaims, signToken } from '../../support/tokens.ts'

/** A token that must be refused, or be good although it looks odd. */
export type Attack = {
  /** The class in docs/threats.md. */
  readonly threat: number
  readonly name: string
  readonly token: string
  /** The code and the rule; `good` for what is fine. */
  readonly expected: string
}

/** Whom the attacks are made for. */
export type Victim = {
  readonly issuer: Issuer
  readonly nowMs: number
  readonly keys: WorldKeys
  /** An address of the attacker, whom nobody may ask for anything. */
  readonly canary: string
}

export function attacks(
  threat: number,
  expected: string,
  tokens: { readonly [name: string]: string },
): Attack[] {
  return Object.entries(tokens).map(([name, token]) => ({ threat, name, token, expected }))
}

/** Signs what the victim would accept, but for `claims` and `header`. */
export function forged(victim: Victim, key: TestKey, claims: Json | string = {}, header: Json | string = {}) {
  const all = typeof claims === 'string' ? claims : makeClaims(victim.issuer, victim.nowMs, claims)
  return signToken(key, all, header)
}
