/** Told what happens while it happens: names, numbers and durations, and sentences that a person can follow. */
export type MigrateLog = {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void
}
