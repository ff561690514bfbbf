import type { z } from 'zod'
import { isFields } from '../lib/json-values.ts'
import type { SettingsMistake } from './settings-mistake.ts'
import { mistakesMax, mistakesOf, pointer } from './settings-mistake.ts'

/** What may be stored, or all that is wrong with what was sent. */
export type ReadSettings<Stored> =
  | { readonly settings: Stored }
  | { readonly mistakes: readonly SettingsMistake[] }

/** The settings of one kind of thing. Only what somebody set is stored; the rest follows the defaults of the day. */
export type SettingsKind<Stored, Settings> = {
  /** Takes what is all right as a whole, and otherwise tells all that is wrong at once. */
  readonly read: (value: unknown) => ReadSettings<Stored>
  /**
   * Applies a merge patch (RFC 7396): null takes a member back to its default. Only what the patch touches must fit;
   * what another version stored beside it stays.
   */
  readonly patch: (stored: unknown, patch: unknown) => ReadSettings<Stored>
  /**
   * Every value that holds. Never throws: a stored member that does not fit any more counts as the strictest value
   * there is, and is among `unfit`; one that is not known here is passed over.
   */
  readonly complete: (stored: unknown) => {
    readonly settings: Settings
    readonly unfit: readonly SettingsMistake[]
  }
}

/**
 * @param kind.defaults for members that nobody set
 * @param kind.strictest for members whose stored value cannot be understood: nothing may be open because of that
 */
export function createSettingsKind<Shape extends z.core.$ZodLooseShape, Settings extends object>(kind: {
  readonly schema: z.ZodObject<Shape, z.core.$strict>
  readonly defaults: Settings
  readonly strictest: Settings
}): SettingsKind<z.output<z.ZodObject<Shape, z.core.$strict>>, Settings> {
  const { schema, defaults, strictest } = kind
  const known = Object.keys(defaults)
  type Stored = z.output<typeof schema>

  function read(value: unknown): ReadSettings<Stored> {
    const parsed = schema.safeParse(value)
    const mistakes = [
      ...prototypeMistakes(value),
      ...(parsed.success ? [] : mistakesOf(parsed.error.issues, known)),
    ]
    return parsed.success && mistakes.length === 0
      ? { settings: parsed.data }
      : { mistakes: mistakes.slice(0, mistakesMax) }
  }

  return {
    read,
    patch(stored, patch) {
      if (!isFields(patch)) return read(patch)
      const kept = new Map(Object.entries(isFields(stored) ? stored : {}))
      const touched = new Map<string, unknown>()
      for (const [name, value] of Object.entries(patch)) {
        const isThere = kept.has(name) || known.includes(name)
        if (value !== null || !isThere) touched.set(name, merged(kept.get(name), value))
        kept.delete(name)
      }
      const result = read(Object.fromEntries(touched))
      if ('mistakes' in result) return result
      return { settings: { ...Object.fromEntries(kept), ...result.settings } }
    },
    complete(stored) {
      const set = isFields(stored) ? stored : {}
      const fitting = new Map<string, unknown>()
      const unfit: SettingsMistake[] = []
      for (const name of known.filter(each => Object.hasOwn(set, each))) {
        const result = read({ [name]: set[name] })
        if ('mistakes' in result) unfit.push(...result.mistakes)
        const source: object = 'mistakes' in result ? strictest : result.settings
        fitting.set(name, Reflect.get(source, name))
      }
      return { settings: { ...defaults, ...Object.fromEntries(fitting) }, unfit }
    },
  }
}

/** No setting is deeper than a map of texts, so nor is a patch; whatever is deeper fits no schema. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const members = new Map(Object.entries(isFields(target) ? target : {}))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, value)
  }
  return Object.fromEntries(members)
}

/** zod passes over this key of a map in silence. */
function prototypeMistakes(value: unknown): SettingsMistake[] {
  if (!isFields(value)) return []
  return Object.entries(value)
    .filter(([, member]) => isFields(member) && Object.hasOwn(member, '__proto__'))
    .map(([name]) => ({ path: pointer([name, '__proto__']), message: 'expected another key' }))
}
