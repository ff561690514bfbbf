import t from 'tap'
import { requestLineFlaw } from '../../src/http1/request-line.ts'

const flawOf = (line: string) => {
  const bytes = Buffer.from(`before${line}\r\n`, 'latin1')
  return requestLineFlaw(bytes, 'before'.length, bytes.length - 2)
}

t.test('takes three words with one space between them', async t => {
  for (const line of ['GET / HTTP/1.1', 'POST /a?b=c HTTP/1.0', 'M-SEARCH * HTTP/9.9', 'GET / HTTP/'])
    t.equal(flawOf(line), null)
})

t.test('leaves a line of two words to be refused for its version', async t => {
  t.equal(flawOf('GET /'), null)
})

t.test('names the rule that a line breaks', async t => {
  const flawed = [
    ['GET  / HTTP/1.1', 'http-request-line'],
    ['GET /  HTTP/1.1', 'http-request-line'],
    [' GET / HTTP/1.1', 'http-request-line'],
    ['GET / HTTP/1.1 ', 'http-request-line'],
    ['GET / HTTP/1.1 more', 'http-request-line'],
    ['GET ', 'http-request-line'],
    ['GET', 'http-request-line'],
    ['GET / RTSP/1.0', 'http-protocol'],
    ['SOURCE / ICE/1.0', 'http-protocol'],
    ['GET / http/1.1', 'http-protocol'],
    ['GET / HTTP', 'http-protocol'],
    ['GET /\r HTTP/1.1', 'http-line-end'],
  ] as const
  for (const [line, rule] of flawed) t.equal(flawOf(line), rule, JSON.stringify(line))
})
