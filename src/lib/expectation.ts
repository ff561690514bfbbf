import type { z } from 'zod'

/**
 * Says in our own words what a schema expected, without what it found. Schemas say it themselves in a message that
 * begins with "expected"; null for an issue that has no such message and no words here.
 */
export function expectation(issue: z.core.$ZodIssue): string | null {
  if (issue.message.startsWith('expected ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('undefined')
        ? `expected ${article(issue.expected)}, and it is missing`
        : `expected ${article(issue.expected)}`
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'too_small':
      return `expected ${amount(issue.origin)}${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `expected ${amount(issue.origin)}at most ${issue.maximum}${unit(issue.origin)}`
    default:
      return null
  }
}

const articles = new Map([
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['string', 'a string'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys'],
  ['record', 'a map of keys'],
])

function article(type: string): string {
  return articles.get(type) ?? type
}

function amount(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'a number of ' : ''
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}
