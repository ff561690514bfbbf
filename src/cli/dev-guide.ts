import type { DemoState } from './dev.ts'

/** What a person reads once the demo is up: where everything is, and lines to paste. */
export function guide(state: DemoState, logFile: string): string {
  const { traffic } = state
  const token = (tenant: string, user: string) =>
    `"Authorization: Bearer $(npm run --silent postern -- token --tenant ${tenant} --user ${user})"`
  return `
Postern is up. Ctrl-C stops everything it started.

  traffic    ${traffic}      what clients reach
  metrics    ${state.metrics}      /livez /readyz /metrics
  admin      ${state.admin}      /.well-known/jwks.json /config
  control    ${state.control}
  issuer     ${state.issuer}
  upstream   ${state.upstream}
  database   ${shown(state.database)}
  redis      ${state.redis === null ? 'in this process' : shown(state.redis)}
  log        ${logFile}

Paste these into another terminal, in this directory.

Allowed: what the service is told of a member of acme
  curl -i ${traffic}/whoami -H ${token('acme', 'member')}

Refused for the role: a guest may not write
  curl -i -X POST ${traffic}/notes -d '{"text":"hi"}' -H 'Content-Type: application/json' -H ${token('acme', 'guest')}

Refused as cross-tenant: a member of acme asks for globex
  curl -i ${traffic}/tenants/globex/notes -H ${token('acme', 'member')}

Rate limited: globex is on the free plan, 60 requests a minute
  TOKEN=$(npm run --silent postern -- token --tenant globex --user owner); for i in $(seq 61); do curl -s -o /dev/null -w '%{http_code}\\n' ${traffic}/whoami -H "Authorization: Bearer $TOKEN"; done | sort | uniq -c
`
}

/** Without the password: a screen is looked at by more than one person. */
function shown(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  return url.href
}
