import { identityNames } from './identity.ts'

/** What no field that reaches the service may say. */
export const spoofed = 'spoofed'

const tokenCharacters = "!#$%&'*+.^_`|~"

/** Latin-1: what UTF-8 makes of a look-alike. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

const ways: readonly (readonly [what: string, spell: (name: string) => string])[] = [
  ['as it is', name => name],
  ['lower case', name => name.toLowerCase()],
  ['upper case', name => name.toUpperCase()],
  [
    'every other letter',
    name => [...name].map((c, i) => (i % 2 ? c.toUpperCase() : c.toLowerCase())).join(''),
  ],
  ...[...tokenCharacters].map(
    character => [`with ${character}`, (name: string) => name.replaceAll('-', character)] as const,
  ),
  ['the last hyphen an underscore', name => name.replace(/-(?=[^-]*$)/, '_')],
  ['the first hyphen an underscore', name => name.replace('-', '_')],
  ['the first hyphen a dot', name => name.replace('-', '.')],
  ['double hyphens', name => name.replaceAll('-', '--')],
  ['double underscores', name => name.replaceAll('-', '__')],
  ['a hyphen and an underscore', name => name.replaceAll('-', '-_')],
  ['an underscore in front', name => `_${name}`],
  ['a hyphen in front', name => `-${name}`],
  ['a hyphen behind', name => `${name}-`],
  ['a dot behind', name => `${name}.`],
  ['as CGI has it', name => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`],
  ['a blank behind', name => `${name} `],
  ['a tab behind', name => `${name}\t`],
  ['a blank in front', name => ` ${name}`],
  ['blanks for hyphens', name => name.replaceAll('-', ' ')],
  ['brackets', name => name.replace('-', '[')],
  ['a comma', name => name.replaceAll('-', ',')],
  ['a slash', name => name.replaceAll('-', '/')],
  ['0x85 behind', name => `${name}\x85`],
  ['0xA0 behind', name => `${name}\xa0`],
  ['0xAD within', name => name.replace('-', '-\xad')],
  ['NUL behind', name => `${name}\0`],
  ['a vertical tab behind', name => `${name}\x0b`],
  ['a full-width X', name => utf8(name.replace('X', '\uff38'))],
  ['a Cyrillic Ha', name => utf8(name.replace('X', '\u0425'))],
  ['a long s or a dotted I', name => utf8(name.replace(/s/i, '\u017f').replace(/i/i, '\u0130'))],
  ['a typographic hyphen', name => utf8(name.replaceAll('-', '\u2010'))],
  ['a minus sign', name => utf8(name.replaceAll('-', '\u2212'))],
  ['a full-width underscore', name => utf8(name.replaceAll('-', '\uff3f'))],
  ['a blank of no width', name => utf8(name.replace('-', '-\u200b'))],
]

export type FieldCase = { readonly name: string; readonly fields: string }

/** Every identity field in every spelling, alone and twice. */
export const spellings: readonly FieldCase[] = identityNames.flatMap(name =>
  ways.map(([what, spell]) => ({ name: `${name}, ${what}`, fields: `${spell(name)}: ${spoofed}\r\n` })),
)
