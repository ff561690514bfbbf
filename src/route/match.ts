import type { RouteRule } from './rule.ts'

/** Which rule a request falls under, and what its path parameters hold. */
export type RouteMatch = {
  readonly rule: RouteRule
  /** Its place in the configured list; names the rule in prepared tables. */
  readonly index: number
  /** Decoded parameter values, in the order of the template's parameters. A tail is none: nothing is decided on it. */
  readonly parameters: readonly string[]
  /** Parameter names in the same order. */
  readonly parameterNames: readonly string[]
}
