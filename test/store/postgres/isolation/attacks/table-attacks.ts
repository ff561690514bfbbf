import type { Attack } from './attack.ts'
import { keyAttacks } from './keys.ts'
import { readingAttacks } from './reading.ts'
import { rightsAttacks } from './rights.ts'
import { writingAttacks } from './writing.ts'

/** Everything that is tried on each tenant table, as each role that is bound to a tenant. */
export const tableAttacks: readonly Attack[] = [
  ...readingAttacks,
  ...writingAttacks,
  ...keyAttacks,
  ...rightsAttacks,
]
