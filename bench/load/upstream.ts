import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerFor } from './answer.ts'

/** The measured service, in a process of its own: as little work as an answer can be. Ends with its parent. */
const server = createServer((request, response) => {
  const { headers } = request
  const tenantId = headers['x-qlp-tenant-id']
  const body =
    request.url === '/whoami'
      ? JSON.stringify(headers)
      : answerFor(typeof tenantId === 'string' ? tenantId : 'none', 'x-qlp-assertion' in headers)
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
