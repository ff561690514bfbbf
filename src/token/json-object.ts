/** A parsed JSON object whose member names an outsider chose; read it with `memberOf` only. */
export type JsonObject = { readonly [name: string]: unknown }

const depthMax = 32
const quote = 0x22
const backslash = 0x5c
const colon = 0x3a

/**
 * Parses the text of a JSON object and refuses what two parsers may read differently: a member named twice anywhere
 * (RFC 7519 §4 leaves open what that means, threat 63), and nesting deep enough to hurt.
 *
 * @returns null for anything but an unambiguous object
 */
export function parseJsonObject(text: string): JsonObject | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const written = membersWritten(text)
  return written !== null && written === membersKept(value) ? (value as JsonObject) : null
}

/** The member's own value; undefined when absent, also for names that every object inherits. */
export function memberOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** Counts members in text known to be valid JSON: outside strings, each has one colon. Null when it nests too deep. */
function membersWritten(text: string): number | null {
  let members = 0
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === backslash) index += 1
      else if (code === quote) inString = false
    } else if (code === quote) inString = true
    else if (code === colon) members += 1
    else if (isOpening(code)) {
      depth += 1
      if (depth > depthMax) return null
    } else if (isClosing(code)) depth -= 1
  }
  return members
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d
}

/** Counts what the parser kept: of members with the same name, only one. */
function membersKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + membersKept(item), 0)
  let members = 0
  for (const item of Object.values(value)) members += 1 + membersKept(item)
  return members
}
