/** Something wrong in a configuration file, and where. `expected` never quotes what was found. */
export type Mistake = {
  readonly file: string
  readonly line: number
  readonly column: number
  /** `routes[2].match`; empty for the document as a whole. */
  readonly path: string
  readonly expected: string
}

/** One line, in the form that editors turn into a link. */
export function formatMistake(mistake: Mistake): string {
  const path = mistake.path === '' ? '' : `${mistake.path}: `
  return `${mistake.file}:${mistake.line}:${mistake.column} ${path}${mistake.expected}`
}

export type Path = readonly (string | number)[]

export function formatPath(path: Path): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? shownKey(key) : `.${shownKey(key)}`
  }
  return text
}

/** A key of ours is letters; anything else is not repeated, as it may be a secret in the wrong place. */
export function shownKey(key: string): string {
  return /^[A-Za-z]{1,32}$/.test(key) ? key : '(a key)'
}
