import { fieldMutations } from './lists/fields.ts'
import { framingMutations } from './lists/framing.ts'
import { keyMutations } from './lists/keys.ts'
import { serviceMutations } from './lists/service.ts'
import { targetMutations } from './lists/target.ts'
import { tenancyMutations } from './lists/tenancy.ts'
import { tokenMutations } from './lists/tokens.ts'

/** A defence of the path of a request, taken away in one place of its source. */
export type Mutation = {
  /** Their numbers in docs/threats.md. */
  readonly threats: readonly number[]
  /** What is broken then, as a sentence. */
  readonly what: string
  readonly file: string
  /** Text that the file has exactly once, so that a change of the source is noticed here. */
  readonly find: string
  readonly replace: string
  /** The tests that must notice, each of them. None needs Postgres or Redis. */
  readonly tests: readonly string[]
  /** What is broken is a limit: a test that waits for ever has noticed it, too. */
  readonly hangs?: true
}

export const mutations: readonly Mutation[] = [
  ...framingMutations,
  ...targetMutations,
  ...fieldMutations,
  ...tokenMutations,
  ...keyMutations,
  ...tenancyMutations,
  ...serviceMutations,
]

/** The source as the mutation leaves it; an Error when it is not the source that the mutation was written for. */
export function mutated({ what, file, find, replace }: Mutation, source: string): string {
  const times = source.split(find).length - 1
  if (times !== 1)
    throw new Error(`"${what}" must find its text once in ${file}, and finds it ${times} times`)
  return source.replace(find, () => replace)
}
