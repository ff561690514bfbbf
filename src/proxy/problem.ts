/** What the client may learn of a refusal or a fault. */
export type ProblemRow = {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly hint?: string
}

/** The media type of `problemBody` (RFC 9457 §3). */
export const problemType = 'application/problem+json'

/**
 * The body of a refusal or a fault, as RFC 9457 problem details. The rows come from the frozen tables, so everything
 * but the request id is written once per row and remembered.
 *
 * @returns JSON with type, title, status, code, hint (when the row has one) and request_id
 */
export function problemBody(row: ProblemRow, requestId: string): string {
  const known = openings.get(row)
  if (known !== undefined) return `${known}${JSON.stringify(requestId)}}`
  const opening = openingOf(row)
  openings.set(row, opening)
  return `${opening}${JSON.stringify(requestId)}}`
}

const openings = new WeakMap<ProblemRow, string>()

function openingOf({ code, status, title, hint }: ProblemRow): string {
  const head = JSON.stringify({ type: `urn:postern:error:${code}`, title, status, code, hint })
  return `${head.slice(0, -1)},"request_id":`
}
