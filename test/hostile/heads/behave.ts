import { rawClient } from '../../support/raw-client.ts'
import type { Behaviour } from './h1spec.ts'
import { restOf } from './h1spec.ts'
import type { Lane } from './lane.ts'

/** Whether the sidecar behaves so. While one request is waited for, another connection is served. */
export async function behaves({ sidecar }: Lane, behaviour: Behaviour): Promise<boolean> {
  const token = sidecar.token('acme', 'member')
  const client = await rawClient(sidecar.port)
  try {
    client.send(behaviour.bytes.replaceAll('{token}', token))
    if (behaviour.expected === 'waits') {
      if (!(await isServed(sidecar.port, token)) || client.received() !== '') return false
      client.send(restOf(behaviour.bytes).replaceAll('{token}', token))
      return (await client.until(/\r\n\r\n/)).startsWith('HTTP/1.1 200 ')
    }
    const answer = await client.until(new RegExp(`\r\n\r\n[\\s\\S]*${behaviour.body ?? ''}`))
    return behaviour.expected.some(status => answer.startsWith(`HTTP/1.1 ${status}`))
  } finally {
    client.hangUp()
  }
}

async function isServed(port: number, token: string): Promise<boolean> {
  const client = await rawClient(port)
  client.send(`GET /notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  return (await client.closed()).startsWith('HTTP/1.1 200 ')
}
