/** What `${NAME}` is looked up in. */
export type Environment = Readonly<Record<string, string | undefined>>

export type Substituted = { readonly text: string } | { readonly expected: string }

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{/g

/**
 * Puts the environment into one scalar: `${NAME}` must be set, `${NAME:-default}` takes the default where it is unset or
 * empty, `$${` stands for `${` itself.
 */
export function substitute(scalar: string, env: Environment): Substituted {
  const missing: string[] = []
  let malformed = false
  const text = scalar.replace(reference, (whole, name?: string, hasDefault?: string, fallback?: string) => {
    if (whole === '$${') return '${'
    if (name === undefined) {
      malformed = true
      return ''
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (hasDefault !== undefined) return value === undefined || value === '' ? (fallback ?? '') : value
    if (value === undefined) missing.push(name)
    return value ?? ''
  })
  if (malformed) return { expected: `expected \${NAME} or \${NAME:-default}; write $\${ for a plain \${` }
  if (missing.length > 0) {
    return {
      expected: `expected the environment variable ${missing.join(', ')} to be set, or a default for it`,
    }
  }
  return { text }
}

/** What an unquoted scalar means in YAML's core schema, as far as a configuration needs it. */
export function plainValue(text: string): string | number | boolean | null {
  if (text === '' || text === '~' || text === 'null') return null
  if (text === 'true') return true
  if (text === 'false') return false
  if (/^[-+]?[0-9]{1,15}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?$/.test(text)) return Number(text)
  return text
}
