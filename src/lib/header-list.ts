/**
 * Header fields in the order and spelling they were received or will be sent: [name, value, name, value, …]. One flat
 * array costs one allocation, keeps duplicates visible, and has no key that an outsider could choose (threats 37, 45).
 */
export type HeaderList = readonly string[]

/** The value of the first field named `name` (given in lower case), or null. */
export function headerValue(headers: HeaderList, name: string): string | null {
  for (let index = 0; index < headers.length; index += 2) {
    const candidate = headers[index]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) return headers[index + 1]!
  }
  return null
}

/** The value of the only field named `name` (given in lower case); null where there is none, or more than one. */
export function singleValue(headers: HeaderList, name: string): string | null {
  let found: string | null = null
  for (let index = 0; index < headers.length; index += 2) {
    const candidate = headers[index]!
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    if (found !== null) return null
    found = headers[index + 1]!
  }
  return found
}

/** How many fields are named `name` (given in lower case). */
export function headerCount(headers: HeaderList, name: string): number {
  let count = 0
  for (let index = 0; index < headers.length; index += 2) {
    const candidate = headers[index]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) count += 1
  }
  return count
}
