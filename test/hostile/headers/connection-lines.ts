import { identityNames } from './identity.ts'
import type { FieldCase } from './spellings.ts'
import { spoofed } from './spellings.ts'

/** What we set, beside what tells of identity. */
export const ownNames = [
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Request-ID',
  'traceparent',
] as const

const under = (name: string) => name.toLowerCase().replaceAll('-', '_')

const ways: readonly (readonly [what: string, lines: (name: string) => string])[] = [
  ['alone', name => `Connection: ${name}`],
  ['in lower case', name => `connection: ${name.toLowerCase()}`],
  ['in upper case', name => `CONNECTION: ${name.toUpperCase()}`],
  ['with underscores', name => `Connection: ${under(name)}`],
  ['before keep-alive', name => `Connection: ${name}, keep-alive`],
  ['behind close', name => `Connection: close, ${name}`],
  ['between tabs', name => `Connection:\t${name}\t`],
  ['behind close and a tab', name => `Connection: close\t,\t${name}`],
  ['between empty items', name => `Connection: ,,${name},,`],
  ['twice', name => `Connection: ${name},${name}`],
  ['in the first of two fields', name => `Connection: ${name}\r\nConnection: close`],
  ['in the second of two fields', name => `Connection: keep-alive\r\nConnection: ${name}`],
  ['beside TE', name => `Connection: TE, ${name}\r\nTE: trailers`],
  ['beside Trailer', name => `Connection: Trailer, ${name}\r\nTrailer: ${name}`],
  ['quoted', name => `Connection: "${name}"`],
  ['with a parameter', name => `Connection: ${name};q=1`],
  ['with a value', name => `Connection: ${name}=${spoofed}`],
  ['with a blank', name => `Connection: close ${name}`],
  ['with a no-break space', name => `Connection: \xa0${name}`],
  ['in Proxy-Connection', name => `Proxy-Connection: ${name}`],
  ['in Keep-Alive', name => `Keep-Alive: ${name}`],
  ['in an odd spelling of Connection', name => `Connection_: ${name}`],
  ['beside a field of that name', name => `Connection: ${name}\r\n${under(name)}: ${spoofed}`],
]

/** Every name of ours in every way to list it. */
export const connectionLines: readonly FieldCase[] = [...identityNames, ...ownNames].flatMap(name =>
  ways.map(([what, lines]) => ({ name: `${name}, ${what}`, fields: `${lines(name)}\r\n` })),
)
