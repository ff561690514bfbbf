/** Keys of a settled configuration that hold a secret. */
const secretKeys = new Set(['password', 'username', 'token', 'signingKey'])

/** The configuration as an operator may see it: no secret, and URLs without credentials and query. */
export function redactedConfig(config: object): unknown {
  return redacted(config)
}

function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value === 'string') return withoutCredentials(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, part]) => {
    const secret = secretKeys.has(key) && typeof part === 'string'
    return [key, secret ? '(secret)' : redacted(part)] as const
  })
  return Object.fromEntries(entries)
}

function withoutCredentials(text: string): string {
  if (!text.includes('://') || !URL.canParse(text)) return text
  const url = new URL(text)
  if (url.username === '' && url.password === '' && url.search === '') return text
  url.username = ''
  url.password = ''
  url.search = ''
  return url.href
}
