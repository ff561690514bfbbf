/** A rule that a request broke, and that its caller can keep: what an API shows, the same for every request. */
export type Rule = {
  /** Stable: programs may rely on it. */
  readonly code: string
  readonly status: 404 | 409 | 422
  readonly title: string
  /** The member of the request that the rule is about; null where it is about the request as a whole. */
  readonly member: string | null
}

/**
 * An expected no that is thrown. Refusals are values; this one is met inside a transaction that the database has given
 * up by then, and only an exception rolls it back through every caller that had work in it. It tells the rule, and of
 * what was written nothing: whoever catches it may show it to the caller.
 */
export class Violation extends Error {
  readonly rule: Rule
  /** What the store calls the rule, for the log. */
  readonly constraint: string

  constructor(rule: Rule, constraint: string) {
    super(rule.title)
    this.name = 'Violation'
    this.rule = rule
    this.constraint = constraint
  }
}
