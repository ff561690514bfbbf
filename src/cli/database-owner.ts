import { withPassword } from '../config/control-settings.ts'
import { Fault } from '../lib/fault.ts'
import type { Option, Terminal, Values } from './command.ts'
import { readConfigOf } from './config-file.ts'

/** How a command is told where Postgres is, and who may log in there as its owner. */
export const ownerOptions: Readonly<Record<'config' | 'url', Option>> = {
  config: {
    type: 'string',
    value: 'FILE',
    meaning: 'A configuration of kind: control, with its section owner',
  },
  url: { type: 'string', value: 'URL', meaning: 'Postgres, as its owner; by default DATABASE_URL' },
}

export type OwnerTarget = { readonly ownerUrl: string; readonly runtimePassword: string | null }

/** From --config, --url or DATABASE_URL; null after it has told what is wrong. */
export function ownerTarget(values: Values, terminal: Terminal): OwnerTarget | null {
  if (typeof values.config === 'string' && typeof values.url === 'string') {
    terminal.err('postern: --config and --url exclude each other')
    return null
  }
  if (typeof values.config === 'string') {
    const read = readConfigOf('control', values.config, terminal)
    if (read === null) return null
    const { owner, postgres } = read.config
    if (owner !== null) {
      return { ownerUrl: withPassword(owner.url, owner.password), runtimePassword: postgres.password }
    }
    terminal.err(
      `postern: ${values.config} has no section owner, which says how the owner of Postgres connects`,
    )
    return null
  }
  const url = typeof values.url === 'string' ? values.url : terminal.env.DATABASE_URL
  if (url !== undefined && URL.canParse(url) && /^postgres(ql)?:/.test(url)) {
    return { ownerUrl: url, runtimePassword: null }
  }
  terminal.err('postern: expected --config FILE, --url postgres://… or DATABASE_URL')
  return null
}

/** Of a fault its attempt and a code; a driver's message can hold the address with its password. */
export function databaseFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = error instanceof Fault ? codeOf(error) : null
  return code === null ? error.message : `${error.message} (${code})`
}

function codeOf({ details, cause }: Fault): string | null {
  if (details.sqlState !== undefined) return `SQLSTATE ${details.sqlState}`
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null
}
