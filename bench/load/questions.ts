import { answerFor } from './answer.ts'
import type { Question } from './open-loop.ts'
import type { BenchUser } from './population.ts'

/** Through the sidecar: the service must see this user's tenant, with an assertion. */
export function throughQuestion(user: BenchUser, token: string): Question {
  return { request: requestOf(user, token, ''), body: answerFor(user.tenantId, true) }
}

/** The same request, told the tenant by whoever asks: what the service would have to believe without a sidecar. */
export function directQuestion(user: BenchUser, token: string): Question {
  const told = `X-QLP-Tenant-Id: ${user.tenantId}\r\n`
  return { request: requestOf(user, token, told), body: answerFor(user.tenantId, false) }
}

function requestOf(user: BenchUser, token: string, more: string): string {
  return (
    `GET /tenants/${user.tenantId}/notes HTTP/1.1\r\nHost: bench.example\r\nAccept: application/json\r\n` +
    `Authorization: Bearer ${token}\r\n${more}\r\n`
  )
}
