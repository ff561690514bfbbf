export type TemplateSegment = {
  readonly kind: 'literal' | 'parameter' | 'tail'
  /** The name, or the literal as a decoded segment holds it. */
  readonly text: string
}

/**
 * Reads a path template: `/tenants/{tenant_id}/notes`. A parameter is a whole segment; `{file_path...}`, which
 * comes last, is a tail: one segment or more, down to the end. A literal is written plainly, as it reads once it is
 * decoded; an asterisk is refused, lest it be taken for a wildcard.
 *
 * @returns the segments, or the mistake as half a sentence
 */
export function readTemplate(
  template: string,
): { readonly segments: readonly TemplateSegment[] } | { readonly mistake: string } {
  if (!template.startsWith('/')) return { mistake: 'it does not begin with a slash' }
  const segments: TemplateSegment[] = []
  const names = new Set<string>()
  const texts = template.slice(1).split('/')
  for (const [index, text] of texts.entries()) {
    const parameter = parameterShape.exec(text)
    if (parameter !== null) {
      const name = parameter[1]!
      if (names.has(name)) return { mistake: `the parameter ${name} comes twice` }
      names.add(name)
      const isTail = parameter[2] !== undefined
      if (isTail && index !== texts.length - 1) return { mistake: `the tail ${name} does not come last` }
      segments.push({ kind: isTail ? 'tail' : 'parameter', text: name })
    } else {
      if (text === '' && index !== texts.length - 1) return { mistake: 'it has an empty segment' }
      if (!literalShape.test(text))
        return { mistake: `the segment "${text}" is neither plain text nor {parameter} nor {tail...}` }
      if (dotSegment.test(text)) return { mistake: 'it has a dot segment' }
      segments.push({ kind: 'literal', text })
    }
  }
  return { segments }
}

const parameterShape = /^\{([A-Za-z_][A-Za-z0-9_]*)(\.\.\.)?\}$/
const literalShape = /^[A-Za-z0-9._~!$&'()+,=:@-]*$/
const dotSegment = /^\.+$/
