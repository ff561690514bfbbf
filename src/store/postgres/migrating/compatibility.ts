/** What a database says about its schema. */
export type SchemaState = {
  /** Names of migrations, in the order they were applied. */
  readonly applied: readonly string[]
  /** The newest migration that every binary must know; null in a schema that does not say (before 0003). */
  readonly mustKnow: string | null
}

/**
 * Why a binary that brings the migrations `known` must leave this schema alone, as a sentence that says what to do;
 * null where it need not. Migrations that it does not know are no reason by themselves: most add what it does not use.
 */
export function tooNewSchema({ mustKnow }: SchemaState, known: readonly string[]): string | null {
  if (mustKnow === null || known.includes(mustKnow)) return null
  return (
    `this version of Postern is too old for the schema of the database: every version must know ${mustKnow}, ` +
    `and this one ends at ${known.at(-1) ?? 'none'}. Run a newer version of Postern, one that brings ${mustKnow}`
  )
}

/** Why a binary that brings the migrations `known` cannot work with this schema yet; null where it can. */
export function tooOldSchema({ applied }: SchemaState, known: readonly string[]): string | null {
  const there = new Set(applied)
  const missing = known.filter(name => !there.has(name))
  if (missing.length === 0) return null
  const others = missing.length === 1 ? '' : ` (and ${missing.length - 1} more)`
  return (
    `the schema of the database is too old for this version of Postern: it lacks ${missing[0]}${others}, ` +
    `and ends at ${applied.at(-1) ?? 'none'}. Run postern migrate, of this version`
  )
}
