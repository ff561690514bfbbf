import type { z } from 'zod'
import { expectation } from '../lib/expectation.ts'

/** Something wrong in settings, for whoever wrote them. */
export type SettingsMistake = {
  /** A JSON pointer (RFC 6901); empty for the settings as a whole. */
  readonly path: string
  /** What was expected there. Never quotes a value. */
  readonly message: string
}

/** What is wrong with honest settings is less; the rest is not listed. */
export const mistakesMax = 100

/**
 * About as many as are listed, out of however many.
 *
 * @param known the members there are, for whoever wrote one that there is not
 */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], known: readonly string[]): SettingsMistake[] {
  const mistakes: SettingsMistake[] = []
  for (const issue of issues) {
    const path = issue.path.filter(key => typeof key !== 'symbol')
    if (issue.code === 'unrecognized_keys') {
      const message = `expected one of the members ${known.join(', ')}`
      mistakes.push(
        ...issue.keys.slice(0, mistakesMax).map(key => ({ path: pointer([...path, key]), message })),
      )
    } else {
      const told = issue.code === 'invalid_key' ? issue.issues[0]! : issue
      mistakes.push({ path: pointer(path), message: expectation(told) ?? 'expected another value' })
    }
    if (mistakes.length >= mistakesMax) break
  }
  return mistakes
}

const keyLengthMax = 64

/** Points at the parent of a key that is too long to repeat. */
export function pointer(path: readonly (string | number)[]): string {
  let text = ''
  for (const key of path) {
    const token = String(key)
    if (token.length > keyLengthMax) return text
    text += `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`
  }
  return text
}
