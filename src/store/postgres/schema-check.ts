import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { SingleFlight } from '../../lib/single-flight.ts'
import type { SchemaState } from './migrating/compatibility.ts'
import { tooNewSchema, tooOldSchema } from './migrating/compatibility.ts'
import type { Transactions } from './transaction.ts'

export type SchemaCheckOptions = {
  readonly transactions: Transactions
  /** The migrations that this version brings, in order. */
  readonly known: readonly string[]
  /** How long an answer of the database holds: for this long a breaking migration may go unnoticed. */
  readonly everyMs: number
  readonly clock: Clock
  readonly events: {
    /** Told when the schema turns out not to fit, for another reason than before, or to fit again (null). */
    readonly onChange: (problem: string | null) => void
  }
}

export type SchemaCheck = {
  /**
   * Throws SCHEMA_UNSUPPORTED where the schema is not one that this version can work with: a newer version has broken
   * with it, or a migration is missing. Asks the database when its last answer is too old, once for all who wait;
   * throws STORE_UNAVAILABLE when it cannot say, and then the next caller asks again.
   */
  readonly assertSupported: () => Promise<void>
}

/** Keeps a process from working with a schema that it does not know, also when it changes under the process. */
export function createSchemaCheck(options: SchemaCheckOptions): SchemaCheck {
  const { transactions, known, everyMs, clock, events } = options
  const flight = new SingleFlight<string | null>(1)
  let problem: string | null = null
  let askedMs = Number.NEGATIVE_INFINITY

  async function ask(): Promise<string | null> {
    const startMs = clock.elapsedMs()
    const state = await readState(transactions)
    const found = tooNewSchema(state, known) ?? tooOldSchema(state, known)
    if (found !== problem) events.onChange(found)
    problem = found
    askedMs = startMs
    return found
  }

  return {
    async assertSupported() {
      const isFresh = clock.elapsedMs() - askedMs < everyMs
      const found = isFresh ? problem : await flight.run('schema', ask)
      if (found !== null) throw new Fault('SCHEMA_UNSUPPORTED', 'work with the schema of the database')
    },
  }
}

const undefinedTable = '42P01'

async function readState(transactions: Transactions): Promise<SchemaState> {
  try {
    const [row] = await transactions.global(session =>
      session.rows<{ applied: string[]; must_know: string | null }>(
        `SELECT ARRAY(SELECT name FROM postern.migrations ORDER BY id) AS applied,
                (SELECT must_know FROM postern.schema_compatibility) AS must_know`,
        [],
      ),
    )
    return { applied: row!.applied, mustKnow: row!.must_know }
  } catch (error) {
    const isEmpty = error instanceof Fault && error.details.sqlState === undefinedTable
    if (isEmpty) return { applied: [], mustKnow: null }
    throw error
  }
}
