import type { Test } from 'tap'
import t from 'tap'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'

/**
 * Threat 97: a page of another origin reads what it must not, because the service grants that or Postern reflects it.
 * Advisories: none
 * Defence: whatever a service says of origins is taken away, only configured origins are granted anything, and a
 * preflight is answered here (src/http1/cors.ts, src/proxy/service-fields.ts, src/proxy/stages/02-route.ts).
 */

const generous =
  'Access-Control-Allow-Origin: *\r\naccess-control-allow-credentials: true\r\nAccess_Control_Expose_Headers: *\r\n' +
  'Access-Control-Allow-Origin: https://evil.example\r\nTiming-Allow-Origin: *\r\n'

async function start(t: Test, sections: Readonly<Record<string, string>>) {
  const recorder = await startRecorder(t, {
    answer: () => `HTTP/1.1 200 OK\r\n${generous}Vary: Accept\r\nContent-Length: 2\r\n\r\nok`,
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections })
  const bearer = `Authorization: Bearer ${sidecar.token('acme', 'member')}\r\n`
  const ask = async (line: string, fields: string) => {
    const client = await sidecar.connect()
    client.send(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`)
    return await client.closed()
  }
  return { recorder, sidecar, bearer, ask }
}

const configured = { cors: 'cors: { origins: ["https://app.example"] }' }
const granted = /^(access-control-[a-z-]+|access_control_[a-z_]+|timing-allow-origin): .*$/gim

t.test('by default no page of another origin is granted anything, whatever the service says', async t => {
  const { ask, bearer } = await start(t, {})
  const received = await ask('GET /notes', `${bearer}Origin: https://app.example\r\n`)
  t.match(received, /^HTTP\/1\.1 200 /)
  t.same(received.match(granted), null)
  t.match(
    await ask('OPTIONS /whoami', 'Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n'),
    /^HTTP\/1\.1 405 /,
  )
})

t.test(
  'a configured page may read answers and refusals; any other may not, and nothing is reflected',
  async t => {
    const { ask, bearer } = await start(t, configured)
    for (const fields of [bearer, '']) {
      const told = await ask('GET /notes', `${fields}Origin: https://app.example\r\n`)
      t.match(told, /\r\nAccess-Control-Allow-Origin: https:\/\/app\.example\r\n/)
      t.match(told, fields === '' ? /\r\nVary: Origin\r\n/ : /\r\nVary: Accept, Origin\r\n/)
      t.equal(told.match(granted)!.length, 2, 'the origin, and the fields it may read')
    }
    const others = [
      'https://evil.example',
      'null',
      'https://app.example.evil.example',
      'http://app.example',
      '*',
      'https://app.example:443',
    ]
    for (const origin of others) {
      const told = await ask('GET /notes', `${bearer}Origin: ${origin}\r\n`)
      t.match(told, /^HTTP\/1\.1 200 /, 'it has a token, as any client')
      t.same(told.match(granted), null, origin)
      t.match(told, /\r\nVary: Accept, Origin\r\n/)
    }
  },
)

t.test(
  'a preflight is answered without a token, under the rule of the request, and never forwarded',
  async t => {
    const { ask, recorder, sidecar } = await start(t, configured)
    const preflight = (path: string, method: string, origin: string, more = '') =>
      ask(`OPTIONS ${path}`, `Origin: ${origin}\r\nAccess-Control-Request-Method: ${method}\r\n${more}`)
    const told = await preflight(
      '/notes/7',
      'PATCH',
      'https://app.example',
      'Access-Control-Request-Headers: x-evil\r\n',
    )
    t.match(told, /^HTTP\/1\.1 204 /)
    t.match(told, /\r\nAccess-Control-Allow-Methods: PATCH\r\n/)
    t.match(told, /\r\nAccess-Control-Max-Age: 600\r\n/)
    t.notMatch(told, /x-evil|Credentials|Private-Network/i)
    const asked = 'Access-Control-Request-Private-Network: true\r\n'
    t.notMatch(await preflight('/notes', 'GET', 'https://app.example', asked), /Private-Network/i)

    t.match(await preflight('/notes', 'GET', 'https://evil.example'), /^HTTP\/1\.1 403 [\s\S]*ORIGIN_REFUSED/)
    t.match(await preflight('/unknown', 'GET', 'https://app.example'), /^HTTP\/1\.1 404 /)
    t.match(await preflight('/whoami', 'DELETE', 'https://app.example'), /^HTTP\/1\.1 405 /)
    t.match(await preflight('/notes', 'get', 'https://app.example'), /^HTTP\/1\.1 405 /)
    t.match(
      await preflight('/notes', 'GET', 'https://app.example', 'Origin: https://app.example\r\n'),
      /^HTTP\/1\.1 400 /,
    )
    t.equal(recorder.bytes(), '')
    const line = sidecar.log().find(({ status }) => status === 204)
    t.match(line, { decision: 'allow', route: '/notes/{note_id}', method: 'OPTIONS', tenant: null })
  },
)

t.test('cookies may come along only where that is configured, and are no credentials even then', async t => {
  const { ask } = await start(t, { cors: 'cors: { origins: ["https://app.example"], credentials: true }' })
  const told = await ask('GET /notes', 'Cookie: session=1\r\nOrigin: https://app.example\r\n')
  t.match(told, /^HTTP\/1\.1 401 /)
  t.match(told, /\r\nAccess-Control-Allow-Credentials: true\r\n/)
})
