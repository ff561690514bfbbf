import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Terminal } from './command.ts'
import { exitCodes } from './exit.ts'

const timeoutMs = 5000

/** The application that the demo's directory knows; naming it as a scope asks for an access token, as in B2C. */
const clientId = '5a1c0de0-0000-4000-8000-0000000000a1'

export const command: Command = {
  usage: '--tenant TENANT --user USER [--issuer TOKEN_ENDPOINT]',
  options: {
    tenant: { type: 'string', value: 'TENANT', meaning: 'A tenant of the demo: acme or globex' },
    user: { type: 'string', value: 'USER', meaning: 'A user of it: owner, admin, member or guest' },
    issuer: {
      type: 'string',
      value: 'TOKEN_ENDPOINT',
      meaning: 'Where to ask; by default the demo that was started in this directory',
    },
  },
  positionals: [0, 0],
  examples: [
    'postern token --tenant acme --user member',
    'curl -H "Authorization: Bearer $(postern token --tenant acme --user member)" http://127.0.0.1:8080/whoami',
  ],
  run: async (values, _positionals, terminal) => {
    const { tenant, user, issuer } = values
    if (typeof tenant !== 'string' || typeof user !== 'string') {
      terminal.err('postern: --tenant and --user are both needed. Type: postern help token')
      return exitCodes.usage
    }
    if (typeof issuer === 'string' && !URL.canParse(issuer)) {
      terminal.err('postern: --issuer expects the URL of a token endpoint')
      return exitCodes.usage
    }
    const endpoint = typeof issuer === 'string' ? issuer : runningDemo(terminal)
    if (endpoint === null) return exitCodes.failed
    const answer = await ask(endpoint, tenant, user)
    if ('failure' in answer) {
      terminal.err(`postern: ${answer.failure}`)
      return exitCodes.failed
    }
    terminal.out(answer.token)
    return exitCodes.ok
  },
}

/** The token endpoint of the demo that runs in this directory, from the file `postern dev` leaves there. */
function runningDemo(terminal: Terminal): string | null {
  const file = join(terminal.directory, '.postern', 'dev.json')
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as { tokenEndpoint?: unknown }
    if (typeof state.tokenEndpoint === 'string') return state.tokenEndpoint
  } catch {
    // Said below: whatever is wrong with the file, starting the demo mends it.
  }
  terminal.err(`postern: no demo is running here (looked in ${file}). Start one with: postern dev`)
  return null
}

type Answer = { readonly token: string } | { readonly failure: string }

/** Asks as a resource owner would by password (RFC 6749 §4.3), which only a demo's provider should accept. */
async function ask(endpoint: string, tenant: string, user: string): Promise<Answer> {
  const body = new URLSearchParams({
    grant_type: 'password',
    username: `${user}@${tenant}.example`,
    password: 'demo',
    scope: `openid ${clientId}`,
    client_id: clientId,
  })
  let status: number
  let answer: Record<string, unknown>
  try {
    const response = await fetch(endpoint, { method: 'POST', body, signal: AbortSignal.timeout(timeoutMs) })
    status = response.status
    answer = (await response.json()) as Record<string, unknown>
  } catch {
    return {
      failure: `${endpoint} did not answer as a token endpoint does. Is the demo running? postern dev`,
    }
  }
  const token = answer.access_token ?? answer.id_token
  if (status === 200 && typeof token === 'string') return { token }
  return { failure: `there is no user ${user} in ${tenant} (status ${status}); see postern help token` }
}
