import t from 'tap'
import { openLane } from '../hostile/heads/lane.ts'
import { createRandom, integerBelow } from '../support/random.ts'
import { echoAnswer, startRecorder } from '../support/recorder.ts'
import type { TenantSlug } from '../support/sidecar.ts'
import { startSidecar, tenants } from '../support/sidecar.ts'
import { valuesOf } from '../support/strict-http.ts'
import { until } from '../support/until.ts'

/**
 * Threat 20: requests of two tenants on one connection, of which one is judged by the other's token.
 * Advisories: none
 * Defence: every request is an exchange of its own, made of its own head alone (src/proxy/exchange-of.ts), and answers go
 * out in the order of their requests (node:http, src/proxy/connection.ts).
 */

const request = (target: string, authorization: string, body = '') =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\n${authorization}Content-Length: ${body.length}\r\n\r\n${body}`

t.test('pipelined requests of two tenants keep their own context, whoever is answered first', async t => {
  const random = createRandom(20)
  const recorder = await startRecorder(t, {
    answer: (asked, peer) => {
      setTimeout(() => peer.write(echoAnswer(asked)), integerBelow(random, 10))
      return null
    },
  })
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const clients = await Promise.all(Array.from({ length: 10 }, () => sidecar.connect()))
  await Promise.all(
    clients.map(async (client, index) => {
      const turns: readonly TenantSlug[] = Array.from({ length: 8 }, (_, turn) =>
        (turn + index) % 2 === 0 ? 'acme' : 'globex',
      )
      client.send(
        turns
          .map((tenant, turn) =>
            request(
              '/notes',
              `Authorization: Bearer ${sidecar.token(tenant, 'member')}\r\n`,
              `${index}-${turn}-${tenant}`,
            ),
          )
          .join(''),
      )
      await until(
        'all are answered',
        () => client.received().split('HTTP/1.1 200').length === turns.length + 1,
      )
      const texts = [
        ...client.received().matchAll(/\r\n\r\n([0-9a-f-]{36} POST \/notes \S+?)(?=HTTP|$)/g),
      ].map(match => match[1])
      t.same(
        texts,
        turns.map((tenant, turn) => `${tenants[tenant].id} POST /notes ${index}-${turn}-${tenant}`),
      )
    }),
  )
  for (const { body, ...asked } of recorder.requests()) {
    const tenant = body.split('-')[2] as TenantSlug
    t.same(valuesOf({ fields: asked.fields }, 'x-qlp-tenant-id'), [tenants[tenant].id])
  }
})

t.test('a request without a token behind a good one is nobody’s', async t => {
  const lane = await openLane(t)
  const { sidecar, send } = lane
  const good = request('/notes', `Authorization: Bearer ${sidecar.token('acme', 'owner')}\r\n`, 'good')
  for (const authorization of [
    '',
    'Authorization: Bearer x\r\n',
    `Authorization: Bearer ${sidecar.token('globex', 'guest')}\r\n`,
  ]) {
    const { answer, forwarded } = await send(
      [good + request('/notes', `${authorization}Connection: close\r\n`, 'bad')],
      null,
    )
    t.match(answer, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 40[13] /)
    t.same(
      forwarded.map(({ body }) => body),
      ['good'],
    )
  }
})
