import { v7 as uuidv7 } from 'uuid'
import type { Revocation } from '../token/revocation.ts'
import type { Command } from './command.ts'
import { ownerOptions } from './database-owner.ts'
import { exitCodes } from './exit.ts'
import { fail, inOwnedDatabase } from './owned-database.ts'
import type { RevokeRequest } from './revoke-request.ts'
import { readRevokeRequest, revokeOptions } from './revoke-request.ts'

/** The furthest that the clock of an issuer may be configured to be from a sidecar's. */
const clocksMs = 300_000

const ada = 'https://id.example/v2.0/ 5eed-ada'

export const command: Command = {
  usage:
    '--principal ISSUER SUBJECT | --session ISSUER SID | --tenant SLUG | --key ISSUER KID --reason TEXT …',
  options: {
    ...revokeOptions,
    ...ownerOptions,
    json: { type: 'boolean', meaning: 'Print the revocation as one line of JSON' },
  },
  positionals: [1, 2],
  examples: [
    `postern revoke --principal ${ada} --reason 'Ticket 4711: laptop stolen'`,
    `postern revoke --principal ${ada} --in-tenant acme --reason 'left the project'`,
    "postern revoke --session https://id.example/v2.0/ 0f6c2d --reason 'signed out everywhere' --for 90m",
    "postern revoke --tenant acme --reason 'Ticket 4712' --config control.yaml",
    "postern revoke --key https://id.example/v2.0/ key-7 --reason 'leaked'",
  ],
  run: async (values, positionals, terminal) => {
    const request = readRevokeRequest(values, positionals)
    if ('complaint' in request) {
      terminal.err(`postern: ${request.complaint}`)
      terminal.err('Type: postern help revoke')
      return exitCodes.usage
    }
    return await inOwnedDatabase(values, terminal, async ownerUrl => {
      const revocation = await revoke(request, ownerUrl)
      if (revocation === null) return fail(terminal, 'there is no tenant with that slug')
      const lines = values.json === true ? [JSON.stringify(revocation)] : linesOf(request, revocation)
      for (const line of lines) terminal.out(line)
      return exitCodes.ok
    })
  },
}

async function revoke(request: RevokeRequest, ownerUrl: string): Promise<Revocation | null> {
  const { withOwnerTransactions } = await import('../store/postgres/owner-transactions.ts')
  const { revokeTokens } = await import('../store/postgres/revoke-tokens.ts')
  const { tokens, reason, forMs } = request
  const wanted = { id: uuidv7(), tokens, keptMs: forMs + clocksMs, reason }
  const result = await withOwnerTransactions({ ownerUrl, events: { onIdleLost: () => {} } }, ({ runtime }) =>
    revokeTokens(runtime, wanted),
  )
  return 'mistake' in result ? null : result
}

function linesOf({ tokens }: RevokeRequest, revocation: Revocation): readonly string[] {
  const until = new Date(revocation.expiresAtMs).toISOString()
  const lines = [
    `Revoked: ${whatOf(tokens)}.`,
    'Sidecars refuse them as soon as they are told, remembered ones and open streams included.',
    `It is kept until ${until}: as long as --for says that a token lives, and 5 minutes for clocks that differ.`,
  ]
  if (revocation.kind === 'key')
    return [...lines, 'A sidecar that was told of a key refuses it until it is restarted.']
  const issued = new Date(revocation.notBeforeMs).toISOString()
  return [
    ...lines,
    `Tokens issued after ${issued} are good: whoever can sign in again, or refresh, is let in.`,
  ]
}

function whatOf(tokens: RevokeRequest['tokens']): string {
  switch (tokens.kind) {
    case 'principal': {
      const where = tokens.inTenant === null ? 'in every tenant' : `in ${tokens.inTenant}`
      return `all tokens of ${tokens.subject} of ${tokens.issuer}, ${where}`
    }
    case 'session':
      return `all tokens of session ${tokens.sessionId} of ${tokens.issuer}`
    case 'tenant':
      return `all tokens of everyone, in ${tokens.slug}`
    case 'key':
      return `all tokens signed with ${tokens.keyId} of ${tokens.issuer}`
  }
}
