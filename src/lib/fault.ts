/** Who is to blame: what stands behind us, what we lean on, or ourselves. */
export type FaultSource = 'upstream' | 'dependency' | 'internal'

type FaultKind = {
  readonly source: FaultSource
  readonly status: number
  readonly title: string
  /** What the client may wait before it tries again; null where a retry cannot be called safe. */
  readonly retryAfterSeconds: number | null
}

/** Everything that can break in a way the caller could not prevent. docs/errors.md is generated from this table. */
export const faults = Object.freeze({
  KEYS_UNAVAILABLE: kind('dependency', 503, 'The keys of the identity provider cannot be had right now', 1),
  DIRECTORY_UNAVAILABLE: kind('dependency', 503, 'What you may do here cannot be looked up right now', 1),
  REVOCATIONS_UNAVAILABLE: kind('dependency', 503, 'Which tokens were revoked is not known yet', 1),
  STORE_UNAVAILABLE: kind('dependency', 503, 'A store cannot be reached right now', 1),
  SCHEMA_UNSUPPORTED: kind('dependency', 503, 'The database does not fit this version of Postern', 5),
  UPSTREAM_UNREACHABLE: kind('upstream', 503, 'The service cannot be reached', 1),
  UPSTREAM_BROKEN: kind('upstream', 502, 'The service broke off or sent something that is not HTTP', null),
  UPSTREAM_SLOW: kind('upstream', 504, 'The service did not answer in time', null),
  SOCKETS_FULL: kind('internal', 503, 'As many WebSockets are open here as may be', 10),
  INTERNAL: kind('internal', 500, 'Something broke inside Postern', null),
})

export type FaultCode = keyof typeof faults

/**
 * Something broke. `attempt` says what was being done, in words for the log; `details` holds names and numbers that
 * help to find the cause, never a token, key, header value or body. The client learns only code, status and title.
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: FaultCode,
    attempt: string,
    details: Readonly<Record<string, string | number | boolean>> = {},
    cause?: unknown,
  ) {
    super(attempt, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.code = code
    this.details = details
  }

  get kind(): FaultKind {
    return faults[this.code]
  }
}

/** What is not a Fault yet is ours: a bug, answered as INTERNAL. */
export function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('INTERNAL', 'handle a request', {}, error)
}

function kind(
  source: FaultSource,
  status: number,
  title: string,
  retryAfterSeconds: number | null,
): FaultKind {
  return Object.freeze({ source, status, title, retryAfterSeconds })
}
