import type { z } from 'zod'

/**
 * What is valid of a configuration that may not be valid as a whole: each section by itself, each entry of a list by
 * itself. Checks across sections run on it, so that they are reported together with everything else.
 */
export type Draft<Source> = {
  readonly [Key in keyof Source]: Source[Key] extends readonly (infer Item)[]
    ? readonly (Item | null)[] | null
    : Source[Key] | null
}

/** Parses every section on its own; null stands for what is not valid. */
export function draftOf<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  value: unknown,
): Draft<z.output<z.ZodObject<Shape>>> {
  const sections = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const draft: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    draft[key] = section(part, Object.hasOwn(sections, key) ? sections[key] : undefined)
  }
  return draft as Draft<z.output<z.ZodObject<Shape>>>
}

function section(schema: z.ZodType, value: unknown): unknown {
  const whole = schema.safeParse(value)
  if (whole.success) return whole.data
  const element = elementOf(schema)
  if (element === null || !Array.isArray(value)) return null
  return value.map(item => {
    const one = element.safeParse(item)
    return one.success ? one.data : null
  })
}

function elementOf(schema: z.ZodType): z.ZodType | null {
  const def = schema.def as { innerType?: z.ZodType; element?: z.ZodType }
  if (def.innerType !== undefined) return elementOf(def.innerType)
  return def.element ?? null
}

/** How a check tells of what it found: a mistake, or something valid that an operator should know. */
export type Notes = {
  readonly mistake: (path: readonly (string | number)[], expected: string) => void
  readonly warning: (path: readonly (string | number)[], text: string) => void
}
