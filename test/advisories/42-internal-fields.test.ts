import t from 'tap'
import { exchange } from '../hostile/headers/deliver.ts'
import { folds } from '../hostile/headers/folds.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 42: fields that are for the inside leak out, or come in.
 * Advisories: CVE-2024-45806
 * Defence: nothing in the reserved prefix leaves a service, in its head, in a 1xx head or in trailers, nor what only the
 * sidecar says, nor Alt-Svc, which would lead clients past it (src/proxy/service-fields.ts). Threats 36, 37 and 40 are
 * about what comes in.
 */

const internal = [
  'X-QLP-Usage: 1',
  'x_qlp_usage: 1',
  'X.QLP.Usage: 1',
  'X--QLP--Usage: 1',
  'X-QLP-Assertion: a.b.c',
  'X-Request-ID: theirs',
  'x_request_id: theirs',
  'Alt-Svc: h2=":8000"; ma=86400',
]
const isInternal = /qlp|theirs|alt-svc/i
const lines = internal.join('\r\n')
const answers = {
  head: `HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 2\r\n\r\nok`,
  hints: `HTTP/1.1 103 Early Hints\r\n${lines}\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  trailers: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${lines}\r\nX-Sum: 7\r\n\r\n`,
  error: `HTTP/1.1 500 Oops\r\n${lines}\r\nContent-Length: 2\r\n\r\nok`,
}

t.test('what is for the inside does not leave it', async t => {
  let bytes = ''
  const recorder = await startRecorder(t, { answer: () => bytes })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  for (const [where, answer] of Object.entries(answers)) {
    bytes = answer
    const received = await exchange(
      sidecar.port,
      'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    t.match(received, /ok/, where)
    t.notMatch(received, isInternal, where)
    t.equal(received.match(/^X-Request-ID: /gm)?.length, 1, where)
  }
})

t.test('no answer has a field of ours that a client’s server could fold out of theirs', async t => {
  const recorder = await startRecorder(t, { answer: () => answers.head })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const received = await exchange(
    sidecar.port,
    'GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  const names = received
    .split('\r\n\r\n')[0]!
    .split('\r\n')
    .slice(1)
    .map(line => line.split(':')[0]!)
  for (const { server, fold } of folds) {
    const folded = names.map(fold)
    t.equal(folded.filter(name => name === fold('X-Request-ID')).length, 1, server)
    t.notOk(
      folded.some(name => name.startsWith(fold('X-QLP-U').slice(0, -1))),
      server,
    )
  }
})
