/** Characters of a line. What is logged is names, numbers and codes: a longer one is somebody's doing. */
export const lineCharactersMax = 16_384

/**
 * A line of JSON as a log may hold it (threats 92): in printable ASCII, everything else escaped as JSON has it, so that
 * no terminal obeys it (0x9b begins a command, too), no reader breaks it in two (U+2028, U+0085), and no text is shown in
 * another order than it has (U+202E); and no longer than lineCharactersMax, its long strings and lists cut.
 *
 * @param line one JSON object and a line feed
 */
export function safeLine(line: string): string {
  const whole = inAscii(line)
  if (whole.length <= lineCharactersMax) return whole
  const fields = JSON.parse(line, cut) as Readonly<Record<string, unknown>>
  const short = lineOf({ ...fields, shortened_from: line.length })
  if (short.length <= lineCharactersMax) return short
  const { time, level, msg, request_id } = fields
  return lineOf({ level, time, request_id, shortened_from: line.length, msg })
}

function lineOf(fields: Readonly<Record<string, unknown>>): string {
  return inAscii(`${JSON.stringify(fields)}\n`)
}

function inAscii(line: string): string {
  return foreign.test(line) ? line.replace(everyForeign, escapedUnit) : line
}

const foreign = /[^\n\x20-\x7e]/
const everyForeign = /[^\n\x20-\x7e]/g

/** One unit of UTF-16: half a pair is escaped like all else. */
function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const textCharactersMax = 512
const itemsMax = 32

function cut(_name: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > textCharactersMax)
    return `${value.slice(0, textCharactersMax)}… and ${value.length - textCharactersMax} more`
  return Array.isArray(value) && value.length > itemsMax ? value.slice(0, itemsMax) : value
}
