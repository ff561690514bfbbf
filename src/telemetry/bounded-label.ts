/** Answers a name that is known, and `other` for all else, so that an outsider cannot make series (threat 93). */
export function createBoundedLabel(names: Iterable<string>): (name: string) => string {
  const known = new Map<string, string>()
  for (const name of names) known.set(name, name)
  return name => known.get(name) ?? 'other'
}

/** Methods that metrics name. */
export const methodLabel = createBoundedLabel(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const statusClasses = ['none', '1xx', '2xx', '3xx', '4xx', '5xx']

/** `2xx` and its like; `none` where nothing was answered. */
export function statusClass(status: number): string {
  return statusClasses[Math.trunc(status / 100)] ?? 'none'
}
