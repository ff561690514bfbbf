/**
 * An expected no from a domain folder, as a value. `refused` is a code of the table in proxy/refusal.ts, which is all
 * the client learns; the rest is for the log, and holds nothing secret.
 */
export type Refused<Code extends string> = {
  readonly refused: Code
  /** One sentence. */
  readonly detail: string
  /** Which rule of a table said no (http1/rules.ts, token/rules.ts); null where a code has but one reason. */
  readonly rule: string | null
  /** The bytes that broke the rule, escaped and cut (escaped.ts); null where there are none to show. */
  readonly offending: string | null
}

export function refused<Code extends string>(
  code: Code,
  detail: string,
  rule: string | null = null,
  offending: string | null = null,
): Refused<Code> {
  return { refused: code, detail, rule, offending }
}

export function isRefused<Code extends string>(result: object | null): result is Refused<Code> {
  return result !== null && 'refused' in result
}
