import { z } from 'zod'

/**
 * The vocabulary of settings. Each value says in its own message what was expected, and never what was found. Whatever
 * passes can be stored as it is: jsonb takes neither NUL nor half of a surrogate pair.
 */

/** One line: no control characters, no half of a surrogate pair. */
export function line(charactersMax: number) {
  return z
    .string()
    .max(charactersMax, { abort: true })
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'expected one line of text, without control characters')
}

const zoneExpected = 'expected an IANA time zone such as Europe/Berlin'

/** A name of the IANA time zone database that this runtime knows. */
export const timeZone = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9_+/-]{0,63}$/, { error: zoneExpected, abort: true })
  .refine(isTimeZone, zoneExpected)

/** RFC 1035 §2.3.1, in lower case and with a dot; what is international stands as A-labels (RFC 5890 §2.3.2.1). */
export const domainName = z
  .string()
  .max(253, { abort: true })
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected a DNS name in lower case such as example.com',
  )

const labelsMax = 32

/** What the tenant's own tools remember. Keys begin with a letter, so none is `__proto__`. */
export const labels = z
  .record(
    z
      .string()
      .regex(
        /^[a-z][a-z0-9._/-]{0,62}$/,
        'expected a key: a lower-case letter, then letters, digits and . _ / -, at most 63',
      ),
    line(200),
  )
  .refine(record => Object.keys(record).length <= labelsMax, `expected at most ${labelsMax} entries`)
  .meta({ maxProperties: labelsMax })

/**
 * Intl takes names in any case, but others that read them do not. It may answer with another name for the same zone. The
 * shape has refused offsets such as +01:00, which Intl takes too: they have no summer.
 */
function isTimeZone(name: string): boolean {
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    return known === name || known.toLowerCase() !== name.toLowerCase()
  } catch {
    return false
  }
}
