import { encodePart } from '../../support/tokens.ts'
import type { Attack, Victim } from './attack.ts'
import { attacks, forged } from './attack.ts'
import { hostileJson, oddJson } from './hostile-json.ts'

const shape = 'TOKEN_MALFORMED token-shape'
const header = 'TOKEN_MALFORMED token-header'
const payload = 'TOKEN_MALFORMED token-payload'
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** What is no compact JWS, or one that could be read in two ways (63, 68), or could be written in two (71). */
export function shapeAttacks(victim: Victim): Attack[] {
  const { ec } = victim.keys
  const token = forged(victim, ec, { pad: paddingOf(victim) })
  const [first, second, third] = token.split('.') as [string, string, string]
  return [
    ...attacks(68, shape, {
      nothing: '',
      'one dot': '.',
      'two dots': '..',
      'three dots': '...',
      'only dots': '.'.repeat(8192),
      'parts of one character': 'a.a.a.'.repeat(1000),
      'one part': first,
      'two parts': `${first}.${second}`,
      'four parts': `${token}.${third}`,
      'a dot at the end': `${token}.`,
      'a dot at the start': `.${token}`,
      'no header': `.${second}.${third}`,
      'no payload': `${first}..${third}`,
      'JSON serialisation': JSON.stringify({ protected: first, payload: second, signature: third }),
      'general JSON serialisation': JSON.stringify({
        payload: second,
        signatures: [{ protected: first, signature: third }],
      }),
      'a scheme before it': `Bearer ${token}`,
      'quotes around it': `"${token}"`,
      'a comma and another': `${token},${token}`,
      'a disclosure after it': `${token}~WyJhIl0~`,
    }),
    ...attacks(68, 'TOKEN_TOO_LARGE token-length', {
      'a megabyte of dots': '.'.repeat(1_048_576),
      'dots past the bound': '.'.repeat(8193),
      'claims past the bound': forged(victim, ec, { more: 'x'.repeat(8192) }),
      'a header past the bound': forged(victim, ec, {}, { more: 'x'.repeat(8192) }),
      'a signature past the bound': `${first}.${second}.${'A'.repeat(8192)}`,
    }),
    ...attacks(71, shape, {
      padding: `${token}==`,
      'padding of the header': `${first}=.${second}.${third}`,
      'the other alphabet': `${first}.${second}.${third.slice(0, -2)}+/`,
      'a space before': ` ${token}`,
      'a space after': `${token} `,
      'a line break after': `${token}\n`,
      'a line break within': `${first}\n.${second}.${third}`,
      'a tab within': `${first}.${second}\t.${third}`,
      'NUL after': `${token}\0`,
      'a character past ASCII that ends in the same byte': `${first}.${second}.${third.slice(0, -1)}${past(third)}`,
      'a soft hyphen': `${first}.${second}.\u00ad${third}`,
      'dots of full width': `${first}．${second}．${third}`,
      'half a character': `${token}\ud800`,
      'percent encoding': encodeURIComponent(`${token}=`),
    }),
    ...attacks(71, 'TOKEN_MALFORMED token-signature-encoding', {
      'stray bits at the end of the signature': `${first}.${second}.${stray(third)}`,
      'a signature of an impossible length': `${first}.${second}.${third}AAA`,
    }),
    ...attacks(71, payload, {
      'stray bits at the end of the payload': `${first}.${stray(second)}.${third}`,
      'a payload of an impossible length': `${first}.${second}A.${third}`,
      'a payload that is not UTF-8': `${first}.${Buffer.from('{"sub":"\xff"}', 'latin1').toString('base64url')}.${third}`,
      'a payload in an overlong encoding': `${first}.${Buffer.from('{"sub":"\xc1\xa1"}', 'latin1').toString('base64url')}.${third}`,
      'a payload with surrogates in UTF-8': `${first}.${Buffer.from('{"sub":"\xed\xa0\x80"}', 'latin1').toString('base64url')}.${third}`,
      'a payload in UTF-16': `${first}.${Buffer.from('{"sub":"a"}', 'utf16le').toString('base64url')}.${third}`,
    }),
    ...attacks(71, header, {
      'a header of an impossible length': `${first}${'A'.repeat(5 - (first.length % 4))}.${second}.${third}`,
      'a header that is not UTF-8': `${Buffer.from('{"alg":"\xff"}', 'latin1').toString('base64url')}.${second}.${third}`,
    }),
    ...attacks(63, header, {
      'alg twice, none first': forged(victim, ec, {}, '{"alg":"none","alg":"ES256","kid":"e1"}'),
      'alg twice, none last': forged(victim, ec, {}, '{"alg":"ES256","alg":"none","kid":"e1"}'),
      'alg twice, once escaped': forged(victim, ec, {}, '{"alg":"ES256","\\u0061lg":"none","kid":"e1"}'),
      'kid twice': forged(victim, ec, {}, '{"alg":"ES256","kid":"e1","kid":"e2"}'),
    }),
    ...Object.entries(hostileJson).flatMap(([name, text]) => [
      // An empty part is no part.
      ...attacks(63, text === '' ? shape : header, {
        [`a header with ${name}`]: `${encodePart(text)}.${second}.${third}`,
      }),
      ...attacks(63, text === '' ? shape : payload, { [`a payload with ${name}`]: forged(victim, ec, text) }),
    ]),
    ...Object.entries(oddJson).flatMap(([name, text]) => [
      ...attacks(63, 'TOKEN_MALFORMED token-alg', {
        [`a header with ${name}`]: `${encodePart(text)}.${second}.${third}`,
      }),
      ...attacks(63, 'TOKEN_ISSUER_UNKNOWN token-issuer', {
        [`a payload with ${name}`]: forged(victim, ec, text),
      }),
    ]),
  ]
}

/** So long that the payload ends in bits that mean nothing. */
function paddingOf(victim: Victim): string {
  let pad = ''
  while (forged(victim, victim.keys.ec, { pad }).split('.')[1]!.length % 4 !== 2) pad += 'x'
  return pad
}

/** Another last character, which decodes to the same bytes. */
function stray(part: string): string {
  const other = part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1]
  if (!Buffer.from(other, 'base64url').equals(Buffer.from(part, 'base64url')))
    throw new Error('these bits do mean something')
  return other
}

/** The character that is the last one in its low byte. */
function past(part: string): string {
  return String.fromCharCode(0x100 + part.charCodeAt(part.length - 1))
}
