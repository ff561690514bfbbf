import type { Test } from 'tap'
import t from 'tap'
import { exchange, openDesk } from '../hostile/headers/deliver.ts'
import { call } from '../support/caller.ts'
import { closedPort } from '../support/raw-peer.ts'
import { startRecorder } from '../support/recorder.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { claimsOf, startSidecar } from '../support/sidecar.ts'
import { makeKey, signToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'

/**
 * Threat 47: a credential leaks: to the service, into a log, a metric or the body of an error.
 * Advisories: CVE-2026-41181, CVE-2022-23469
 * Defence: Authorization stays behind (src/http1/reserved.ts); a log line holds names, numbers and codes, and of what broke
 * a rule only what can be no secret (src/proxy/access-line.ts, src/http1/rules.ts, src/token/rules.ts); answers come from
 * tables (src/proxy/problem.ts).
 */

/** In every place that could hold one; long, so that a piece of it would be found, too. */
const secret = 'Zm9vYmFyYmF6cXV4c2VjcmV0dmFsdWU'
const pieces = [secret.slice(0, 12), secret.slice(8, 20), secret.slice(-12)]

function tokensOf(sidecar: Sidecar): string[] {
  const { key, issuer } = sidecar
  const honest = claimsOf(issuer, 'acme', 'member')
  const now = Math.floor(Date.now() / 1000)
  return [
    sidecar.token('acme', 'member'),
    sidecar.token('acme', 'member', { name: secret, email: secret, exp: now - 60 }),
    sidecar.token('acme', 'member', { jti: secret, aud: secret }),
    sidecar.token('acme', 'member', { tenant: `${secret} ` }),
    sidecar.token('acme', 'member', { iss: secret }),
    sidecar.token('acme', 'member', { exp: secret }),
    signToken(makeKey('k1'), { ...honest, name: secret }),
    signToken(key, { ...honest, name: secret }, { typ: secret }),
    signToken(key, { ...honest, name: secret }, { crit: [secret], [secret]: 1 }),
    signToken(key, secret),
    `${secret}.${secret}.${secret}`,
    `${secret}.${secret}.${secret}.${secret}.${secret}`,
    secret,
    `${secret} ${secret}`,
    secret.repeat(200),
  ]
}

const places: readonly string[] = [
  `GET /whoami HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nAuthorization: Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization_: Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\n_authorization: Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization:\r\n Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\x01`,
  `GET /whoami HTTP/1.1\r\nHost: user:${secret}@a`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nCookie: session=${secret}; b=\x01`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nCookie: session=${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nX-Api-Key: ${secret}\x85`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nX-Request-ID: ${secret}/`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\ntraceparent: ${secret}`,
  `GET /whoami HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: ${secret} `.concat(','),
  `GET /whoami?access_token=${secret} HTTP/1.1\r\nHost: a`,
  `GET /whoami?access_token=${secret}# HTTP/1.1\r\nHost: a`,
  `GET /whoami?access_token=${secret}%zz HTTP/1.1\r\nHost: a`,
  `GET /whoami?access_token=${secret}\x01 HTTP/1.1\r\nHost: a`,
  `GET  /whoami?access_token=${secret} HTTP/1.1\r\nHost: a`,
  `GET /whoami?access_token=${secret} HTTP/1.1 x\r\nHost: a`,
  `GET /whoami?access_token=${secret} HTTP/1.2\r\nHost: a`,
  `GET /whoami?access_token=${secret}\r\nHost: a`,
  `GET /unknown/${secret} HTTP/1.1\r\nHost: a`,
  `GET /a%2f${secret} HTTP/1.1\r\nHost: a`,
  `GET http://user:${secret}@a/ HTTP/1.1\r\nHost: a`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 3x\r\n\r\n${secret}`,
  `POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: ${secret.length}\r\n\r\n${secret}`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;token=${secret}\r\nhello\r\n0\r\n`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Api-Key: ${secret}\r\n`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${secret}\r\n`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${secret}\r\n`,
  `POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n${secret}`,
  `GET /socket?token=${secret} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: bearer, ${secret}`,
]

async function assertKept(
  t: Test,
  sidecar: Sidecar,
  secrets: readonly string[],
  answers: string,
): Promise<void> {
  await until('all is in the log', () => sidecar.log().some(line => line.request_id === 'the-last-one'))
  const metrics = (await call(sidecar.proxy.addresses.metrics, '/metrics')).text
  const config = (await call(sidecar.proxy.addresses.admin, '/config')).text
  for (const [where, text] of Object.entries({ log: sidecar.logText(), metrics, config, answers })) {
    t.same(
      secrets.filter(each => text.includes(each)),
      [],
      where,
    )
  }
}

const last = 'GET /whoami HTTP/1.1\r\nHost: a\r\nX-Request-ID: the-last-one\r\n\r\n'

t.test('no credential is in a log, a metric, an answer or the configuration in force', async t => {
  const recorder = await startRecorder(t, { answer: () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const tokens = tokensOf(sidecar)
  let answers = ''
  for (const token of tokens)
    for (const line of ['GET /whoami', 'POST /billing', 'GET /unknown', 'GET /tenants/globex/notes'])
      answers += await exchange(
        sidecar.port,
        `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
  const credential = `Host: a\r\nAuthorization: Bearer ${tokens[0]}\r\n`
  for (const head of places) {
    answers += await exchange(sidecar.port, `${head}\r\n\r\n`)
    answers += await exchange(sidecar.port, `${head.replace('Host: a\r\n', credential)}\r\n\r\n`)
  }
  answers += await exchange(sidecar.port, last)
  const parts = tokens.flatMap(token => token.split('.')).map(part => part.slice(-24))
  await assertKept(t, sidecar, [...pieces, ...parts], answers)
  const got = recorder.bytes()
  t.match(got, 'GET /whoami')
  t.notMatch(got, /authorization/i, 'the token stays behind')
  t.same(
    tokens.filter(token => token.startsWith('ey') && got.includes(token)),
    [],
  )
})

t.test('nor when the service is away, breaks off, or answers what cannot be', async t => {
  const port = await closedPort()
  const broken = await startRecorder(t, {
    answer: () => `HTTP/1.1 200 OK\r\nSet-Cookie: ${secret}\x01\r\n\r\n`,
  })
  for (const origin of [`http://127.0.0.1:${port}`, broken.origin]) {
    const sidecar = await startSidecar(t, { origin })
    const token = sidecar.token('acme', 'member')
    let answers = ''
    for (const line of ['GET', 'POST'])
      answers += await exchange(
        sidecar.port,
        `${line} /notes?token=${secret} HTTP/1.1\r\nHost: a\r\nCookie: a=${secret}\r\nContent-Length: 0\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      )
    t.match(answers, /^HTTP\/1\.1 50[23] /)
    answers += await exchange(sidecar.port, last)
    await assertKept(t, sidecar, [...pieces, token.slice(-24)], answers)
  }
})

t.test('a token that the service is to get travels in no other field either', async t => {
  const { sidecar, deliver } = await openDesk(t)
  const [seen] = await deliver([{ name: 'plain', fields: 'Accept: a/b\r\n' }])
  const token = sidecar.token('acme', 'member')
  t.notMatch(JSON.stringify(seen!.request!.fields), token.split('.')[1]!)
})
