import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:http'

export type Call = {
  readonly method?: string
  readonly token?: string
  /** As they go out, names repeated or not. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON; `{}` where it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

/** One request on a connection of its own, with its whole answer. */
export async function call(origin: string, path: string, made: Call = {}): Promise<Answer> {
  const response = await openCall(origin, path, made)
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += chunk
  return { status: response.statusCode!, headers: response.headers, text, json: jsonOf(text) }
}

/** As call, but only until the head has come; destroying the answer hangs up. */
export async function openCall(origin: string, path: string, made: Call = {}): Promise<IncomingMessage> {
  const { token, method = 'GET', headers = [], body } = made
  const { host, hostname, port } = new URL(origin)
  const fields = ['Host', host, ...headers.flat()]
  if (token !== undefined) fields.push('Authorization', `Bearer ${token}`)
  if (body !== undefined) fields.push('Content-Length', String(Buffer.byteLength(body)))
  const sent = request({ hostname, port, method, path, headers: fields, agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  return response
}

/** A token of a user of the demo, from its identity provider. */
export async function askToken(tokenEndpoint: string, tenant: string, user: string): Promise<string> {
  const clientId = '5a1c0de0-0000-4000-8000-0000000000a1'
  const answer = await fetch(tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      username: `${user}@${tenant}.example`,
      password: 'demo',
      scope: `openid ${clientId}`,
      client_id: clientId,
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`there is no user ${user} of ${tenant}`)
  return token
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
