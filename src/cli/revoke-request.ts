import type { TokensToRevoke } from '../store/postgres/revoke-tokens.ts'
import type { Option, Values } from './command.ts'

/** What was asked for, checked as far as it can be without the database. */
export type RevokeRequest = {
  readonly tokens: TokensToRevoke
  readonly reason: string
  /** As long as the tokens can live. */
  readonly forMs: number
}

const minuteMs = 60_000
const units: Readonly<Record<string, number>> = { m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs }
const forDefault = '24h'
const forMsMax = 90 * units.d!
const reasonLengthMax = 1000

const kinds = ['principal', 'session', 'tenant', 'key'] as const

export const revokeOptions: Readonly<Record<string, Option>> = {
  principal: {
    type: 'boolean',
    value: 'ISSUER SUBJECT',
    meaning: 'All tokens of someone, by `iss` and `sub`',
  },
  session: { type: 'boolean', value: 'ISSUER SID', meaning: 'All tokens of one session, by `iss` and `sid`' },
  tenant: { type: 'boolean', value: 'SLUG', meaning: 'All tokens of everyone, in this tenant' },
  key: {
    type: 'boolean',
    value: 'ISSUER KID',
    meaning: 'All tokens that one key signed, by `iss` and `kid`',
  },
  'in-tenant': { type: 'string', value: 'SLUG', meaning: 'With --principal: in this tenant only' },
  reason: { type: 'string', value: 'TEXT', meaning: 'Why; it is kept' },
  for: {
    type: 'string',
    value: 'TIME',
    meaning: `How long a token can live, such as 90m, 24h or 7d; by default ${forDefault}`,
  },
}

/** The request behind a command line, or what is wrong with it. */
export function readRevokeRequest(
  values: Values,
  names: readonly string[],
): RevokeRequest | { readonly complaint: string } {
  const chosen = kinds.filter(kind => values[kind] === true)
  const [kind] = chosen
  if (kind === undefined || chosen.length > 1)
    return { complaint: 'expected one of --principal, --session, --tenant, --key' }
  const wanted = kind === 'tenant' ? 1 : 2
  if (names.length !== wanted) return { complaint: `--${kind} is followed by ${revokeOptions[kind]!.value}` }
  const inTenant = textOf(values['in-tenant'])
  if (inTenant !== '' && kind !== 'principal') return { complaint: '--in-tenant goes with --principal' }
  const reason = textOf(values.reason)
  if (reason === '' || reason.length > reasonLengthMax) {
    return { complaint: `--reason is needed, and has at most ${reasonLengthMax} characters` }
  }
  const forMs = durationMs(values.for === undefined ? forDefault : textOf(values.for))
  if (forMs === null) return { complaint: '--for expects a time such as 90m, 24h or 7d, of 90 days at most' }
  const mistake = mistakeIn(kind, names)
  if (mistake !== null) return { complaint: mistake }
  return { tokens: tokensOf(kind, names, inTenant === '' ? null : inTenant), reason, forMs }
}

/** Names that no sidecar takes out of a token would revoke nothing. */
function mistakeIn(
  kind: (typeof kinds)[number],
  [first = '', second = '']: readonly string[],
): string | null {
  if (kind === 'tenant') return null
  if (!URL.canParse(first)) return 'ISSUER is a URL, as it stands in `iss` of a token, byte for byte'
  const lengthMax = kind === 'key' ? 256 : 255
  if (second.length === 0 || second.length > lengthMax)
    return `what follows ISSUER has 1 to ${lengthMax} characters`
  return kind === 'key' || /^[\x21-\x7e]+$/.test(second)
    ? null
    : 'what follows ISSUER is printable ASCII without spaces'
}

function tokensOf(
  kind: (typeof kinds)[number],
  [first = '', second = '']: readonly string[],
  inTenant: string | null,
): TokensToRevoke {
  switch (kind) {
    case 'principal':
      return { kind, issuer: first, subject: second, inTenant }
    case 'session':
      return { kind, issuer: first, sessionId: second }
    case 'tenant':
      return { kind, slug: first }
    case 'key':
      return { kind, issuer: first, keyId: second }
  }
}

function durationMs(text: string): number | null {
  const parts = /^([1-9]\d{0,4})([mhd])$/.exec(text)
  if (parts === null) return null
  const ms = Number(parts[1]) * units[parts[2]!]!
  return ms <= forMsMax ? ms : null
}

function textOf(value: string | boolean | undefined): string {
  return typeof value === 'string' ? value.trim() : ''
}
