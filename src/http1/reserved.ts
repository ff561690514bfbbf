import type { BelievedFields } from './believed-fields.ts'
import { claimingFields, overridingFields } from './believed-fields.ts'
import { bareName, foldName } from './field-name.ts'
import { hopByHopNames } from './hop-by-hop.ts'

/**
 * Answers whether a field stays behind: it is ours to set, or nobody's to send on.
 *
 * @param folded the name, folded (field-name.ts)
 * @param name as it came
 */
export type StripsField = (folded: string, name: string) => boolean

/**
 * Prepares the question which fields of a client are not forwarded: every name in the reserved prefix, every alias and
 * selector, what ends at this hop, what receive reads and sends in its own form, and what a service may believe of a
 * proxy in front of it (believed-fields.ts). All of it in any spelling that something behind us might take for the same.
 *
 * @param reserved `prefix` such as `X-QLP-`; `names` are whole names: the aliases we set and the selectors we capture;
 *   `passed` are claims that go through all the same, in exactly this spelling but for case
 */
export function createStripsField(reserved: {
  readonly prefix: string
  readonly names: readonly string[]
  readonly passed: readonly string[]
}): StripsField {
  const prefix = foldName(reserved.prefix)
  const passed = new Set(reserved.passed.map(name => name.toLowerCase()))
  const isOurs = createNameMatch([
    ...readHere,
    ...hopByHopNames,
    ...reserved.names.map(foldName),
    `${prefix}*`,
  ])
  const overrides = createNameMatch(namesOf(overridingFields))
  return (folded, name) => {
    const bare = bareName(folded)
    if (folded.startsWith(prefix) || isOurs(bare) || overrides(bare)) return true
    return isClaim(bare) && !(passed.size > 0 && passed.has(name.toLowerCase()))
  }
}

/** Whether a service may believe a field of this name, which stays behind unless `tenancy.passFields` names it. */
export function isClaimingField(name: string): boolean {
  return isClaim(bareName(foldName(name)))
}

/** What receive reads, and sends on in its own form or not at all. */
const readHere: readonly string[] = [
  'host',
  'content-length',
  'expect',
  'authorization',
  'x-request-id',
  'traceparent',
]

const isClaim = createNameMatch(namesOf(claimingFields))

function namesOf(fields: readonly BelievedFields[]): string[] {
  return fields.flatMap(({ names }) => names)
}

/**
 * Matches whole names, and beginnings, which end in a star. Beginnings are kept by their first and third letter, so that
 * an honest name is compared with one or two of them (`x-` alone would tell nothing apart).
 */
function createNameMatch(patterns: readonly string[]): (name: string) => boolean {
  const whole = new Set(patterns.filter(pattern => !pattern.endsWith('*')))
  const beginnings = new Map<number, string[]>()
  for (const pattern of patterns) {
    if (!pattern.endsWith('*')) continue
    const beginning = pattern.slice(0, -1)
    const key = lettersOf(beginning)
    beginnings.set(key, [...(beginnings.get(key) ?? []), beginning])
  }
  return name => {
    if (whole.has(name)) return true
    const alike = beginnings.get(lettersOf(name))
    return alike?.some(beginning => name.startsWith(beginning)) ?? false
  }
}

/** Names of fewer than three letters have a key that no beginning has. */
function lettersOf(name: string): number {
  return name.length < 3 ? -1 : name.charCodeAt(0) * 128 + name.charCodeAt(2)
}
