import { suggest } from '../config/suggest.ts'
import type { Identity } from '../store/postgres/queries/operators.ts'
import type { Option, Values } from './command.ts'

const roles = ['owner', 'admin', 'member', 'guest'] as const
const minutesMax = 240
const reasonLength = { least: 10, most: 1000 }
const nameLengthMax = 200

/** What was asked for, checked as far as it can be without the database. */
export type OperatorRequest =
  | { readonly action: 'create'; readonly identity: Identity; readonly name: string; readonly tenant: Tenant }
  | { readonly action: 'list' }
  | { readonly action: 'revoke'; readonly identity: Identity }
  | {
      readonly action: 'break-glass'
      readonly identity: Identity
      readonly slug: string
      readonly role: (typeof roles)[number]
      readonly minutes: number
      readonly reason: string
    }
  | { readonly action: 'close'; readonly identity: Identity; readonly slug: string }

type Tenant = { readonly slug: string; readonly name: string; readonly plan: string } | null
type Action = OperatorRequest['action']

export const operatorOptions: Readonly<Record<string, Option>> = {
  issuer: { type: 'string', value: 'URL', meaning: 'Who signs the operator in: `iss` of their tokens' },
  subject: { type: 'string', value: 'SUB', meaning: 'What the issuer calls them: `sub` of their tokens' },
  name: { type: 'string', value: 'NAME', meaning: 'create: what people call them' },
  tenant: { type: 'string', value: 'SLUG', meaning: 'create: a first tenant, theirs; else the one to enter' },
  'tenant-name': { type: 'string', value: 'NAME', meaning: 'create: what people call the tenant' },
  plan: { type: 'string', value: 'PLAN', meaning: 'create: what the tenant is on, such as free' },
  role: { type: 'string', value: 'ROLE', meaning: 'break-glass: owner, admin, member or guest' },
  minutes: { type: 'string', value: 'N', meaning: `break-glass: for how long, 1 to ${minutesMax}` },
  reason: { type: 'string', value: 'TEXT', meaning: 'break-glass: why; it is kept, 10 characters at least' },
}

const who = ['issuer', 'subject']

const actions: Readonly<Record<Action, { readonly needs: readonly string[]; readonly takes: string[] }>> = {
  create: { needs: [...who, 'name'], takes: ['tenant', 'tenant-name', 'plan'] },
  list: { needs: [], takes: [] },
  revoke: { needs: who, takes: [] },
  'break-glass': { needs: [...who, 'tenant', 'role', 'minutes', 'reason'], takes: [] },
  close: { needs: [...who, 'tenant'], takes: [] },
}

/** The request behind a command line, or what is wrong with it. */
export function readOperatorRequest(name: string, values: Values): OperatorRequest | { complaint: string } {
  if (!isAction(name)) {
    const near = suggest(name, Object.keys(actions))
    return { complaint: `operator has no ${name}${near === null ? '' : `; did you mean ${near}?`}` }
  }
  const { needs, takes } = actions[name]
  const text = (option: string) => (typeof values[option] === 'string' ? values[option].trim() : '')
  const missing = needs.filter(option => text(option) === '')
  if (missing.length > 0) return { complaint: `${name} needs --${missing.join(', --')}` }
  const alien = Object.keys(operatorOptions).filter(
    option => values[option] !== undefined && !needs.includes(option) && !takes.includes(option),
  )
  if (alien.length > 0) return { complaint: `${name} takes no --${alien.join(', --')}` }
  const mistake = mistakeIn(name, text)
  return mistake === null ? requestOf(name, text) : { complaint: mistake }
}

function mistakeIn(action: Action, text: (option: string) => string): string | null {
  if (action !== 'list' && !URL.canParse(text('issuer')))
    return '--issuer expects a URL, as it stands in `iss` of a token, byte for byte'
  for (const option of ['name', 'tenant-name'])
    if (text(option).length > nameLengthMax) return `--${option} has at most ${nameLengthMax} characters`
  if (action === 'create') {
    const given = ['tenant', 'tenant-name', 'plan'].filter(option => text(option) !== '').length
    return given === 0 || given === 3 ? null : '--tenant, --tenant-name and --plan come together'
  }
  if (action !== 'break-glass') return null
  if (!isRole(text('role'))) return `--role is one of ${roles.join(', ')}`
  if (!isMinutes(text('minutes'))) return `--minutes is a whole number from 1 to ${minutesMax}`
  const { length } = text('reason')
  if (length >= reasonLength.least && length <= reasonLength.most) return null
  return `--reason has ${reasonLength.least} to ${reasonLength.most} characters: whoever reads it later was not there`
}

function requestOf(action: Action, text: (option: string) => string): OperatorRequest {
  const identity = { issuer: text('issuer'), subject: text('subject') }
  const slug = text('tenant')
  switch (action) {
    case 'list':
      return { action }
    case 'revoke':
      return { action, identity }
    case 'close':
      return { action, identity, slug }
    case 'create': {
      const tenant = slug === '' ? null : { slug, name: text('tenant-name'), plan: text('plan') }
      return { action, identity, name: text('name'), tenant }
    }
    case 'break-glass': {
      const role = text('role') as (typeof roles)[number]
      return { action, identity, slug, role, minutes: Number(text('minutes')), reason: text('reason') }
    }
  }
}

function isAction(name: string): name is Action {
  return Object.hasOwn(actions, name)
}

function isRole(text: string): boolean {
  return roles.some(role => role === text)
}

function isMinutes(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= minutesMax
}
