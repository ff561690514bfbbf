/**
 * An expected no from a domain folder, as a value. `refused` is a code of the table in proxy/refusal.ts, which is all
 * the client learns; `detail` is one sentence for the log and holds nothing secret.
 */
export type Refused<Code extends string> = { readonly refused: Code; readonly detail: string }

export function refused<Code extends string>(code: Code, detail: string): Refused<Code> {
  return { refused: code, detail }
}

export function isRefused<Code extends string>(result: object | null): result is Refused<Code> {
  return result !== null && 'refused' in result
}
