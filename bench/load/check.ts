import { createLocalJWKSet, jwtVerify } from 'jose'
import type { BenchUser } from './population.ts'

export type Ports = { readonly traffic: string; readonly metrics: string; readonly admin: string }

const withinMs = 5000

/**
 * Asks once before anything is timed: the service must see this user's tenant in the trusted header and an assertion
 * that the sidecar's published key verifies; without a token there must be no way through. Throws if not.
 */
export async function checkAnswers(sidecar: Ports, user: BenchUser, token: string): Promise<void> {
  expect('the sidecar is ready', (await get(`${sidecar.metrics}/readyz`)).status, 200)
  expect('a request without a token is refused', (await get(`${sidecar.traffic}/whoami`)).status, 401)

  const seen = await get(`${sidecar.traffic}/whoami`, { authorization: `Bearer ${token}` })
  expect('a request with a token is let through', seen.status, 200)
  const headers = (await seen.json()) as Record<string, string>
  expect('the service sees the tenant', headers['x-qlp-tenant-id'], user.tenantId)
  expect('the service does not see the token', headers.authorization, undefined)

  const published = await get(`${sidecar.admin}/.well-known/jwks.json`)
  const keys = createLocalJWKSet((await published.json()) as Parameters<typeof createLocalJWKSet>[0])
  const { payload } = await jwtVerify(headers['x-qlp-assertion']!, keys, { algorithms: ['ES256'] })
  expect('the assertion names the tenant', payload.tenant_id, user.tenantId)
  expect('the assertion names the user', payload.sub, user.userId)
}

function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers, signal: AbortSignal.timeout(withinMs) })
}

function expect(what: string, found: unknown, wanted: unknown): void {
  if (found !== wanted) throw new Error(`the bench would measure a wrong answer: not true that ${what}`)
}
