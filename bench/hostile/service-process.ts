import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/**
 * The service behind the measured sidecar: little work, but every answer that a hostile service could think of, by what
 * the path ends in. Reads the least of HTTP/1.1 that what the sidecar sends needs. Ends with its parent.
 */
const informs = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'
const answers: Readonly<Record<string, string>> = {
  plain: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  informs: `${informs.repeat(2000)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  chunks: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`,
  fields: `HTTP/1.1 200 OK\r\n${'a:b\r\n'.repeat(3000)}Content-Length: 2\r\n\r\nok`,
}

const server = createServer(socket => {
  let text = ''
  let left = 0
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', chunk => {
    text += chunk
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = text.slice(0, headEnd)
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
      const isChunked = /\r\ntransfer-encoding: chunked/i.test(head)
      const bodyEnd = isChunked ? text.indexOf('0\r\n\r\n', headEnd + 2) + 5 : headEnd + 4 + length
      left = isChunked && bodyEnd === 4 ? 1 : bodyEnd - text.length
      if (left > 0) return
      text = text.slice(bodyEnd)
      socket.write(answers[/^\S+ \S*\/(\w+) /.exec(head)?.[1] ?? ''] ?? answers.plain!)
    }
  })
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
