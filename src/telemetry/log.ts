/** Fields of a log line: names and numbers, never a token, key, cookie, signature, header value or body. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where sentences for operators go; one JSON object a line. Never blocks and never throws. */
export type Log = {
  readonly debug: (fields: LogFields, message: string) => void
  readonly info: (fields: LogFields, message: string) => void
  readonly warn: (fields: LogFields, message: string) => void
  readonly error: (fields: LogFields, message: string) => void
}
