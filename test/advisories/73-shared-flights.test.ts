/**
 * Threat 73: requests that wait for the same lookup share its answer, and one gets that of another.
 * Advisories: CVE-2026-71326
 * Defence: a lookup is shared by those alone that ask for the same principal, tenant and version (load in
 * src/access/directory.ts), a fetch of keys by those of one issuer (src/token/key-source.ts); what was found
 * is checked to be what was asked for (src/access/document-loader.ts).
 */
import t from 'tap'
import { answerTo, issuer } from '../support/access.ts'
import { buildDirectory, startMs } from '../support/directory.ts'
import { createRandom, integerBelow } from '../support/random.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar, tenants, userIdOf } from '../support/sidecar.ts'

t.test('1000 at once, cold, in 500 tenants get each their own', async t => {
  const { lookupAs, control, asked } = buildDirectory({ lookupsPerPrincipalMax: 1000 })
  control(asking => answerTo(asking, { issuedAtMs: startMs }))
  const random = createRandom(73)
  const questions = Array.from({ length: 1000 }, () => ({
    principal: { issuer, subject: `user-${integerBelow(random, 2)}` },
    tenant: `tenant-${integerBelow(random, 500)}`,
  }))
  const found = await Promise.all(questions.map(({ principal, tenant }) => lookupAs(principal, tenant)))
  const mismatches = questions.filter(({ principal, tenant }, index) => {
    const document = found[index]?.document
    return document?.tenant.slug !== tenant || document.principal.subject !== principal.subject
  })
  t.same(mismatches, [])
  const distinct = new Set(questions.map(({ principal, tenant }) => `${principal.subject} ${tenant}`))
  t.equal(asked.control, distinct.size, 'and each lookup was shared')
})

t.test('an answer for somebody else is never taken, however it was asked for', async t => {
  const { lookupAs, control } = buildDirectory()
  control(asking => answerTo({ ...asking, subject: 'somebody' }, { issuedAtMs: startMs }))
  await t.rejects(async () => lookupAs({ issuer, subject: 'user-1' }, 'acme'), {
    code: 'DIRECTORY_UNAVAILABLE',
  })
  control(asking => answerTo({ ...asking, tenantRef: 'globex' }, { issuedAtMs: startMs }))
  await t.rejects(async () => lookupAs({ issuer, subject: 'user-1' }, 'acme'), {
    code: 'DIRECTORY_UNAVAILABLE',
  })
})

t.test('200 requests at once to a cold sidecar are each answered for their own tenant and user', async t => {
  const recorder = await startRecorder(t)
  const bounds = 'bounds: { unprovenPerAddressPerSecond: 100000 }'
  const sidecar = await startSidecar(t, { origin: recorder.origin, sections: { bounds } })
  const callers = Array.from({ length: 200 }, (_, index) => ({
    tenant: index % 2 === 0 ? ('acme' as const) : ('globex' as const),
    user: (['owner', 'admin', 'member'] as const)[index % 3]!,
    note: `note-${index}`,
  }))
  const answers = await Promise.all(
    callers.map(async ({ tenant, user, note }) => {
      const client = await sidecar.connect()
      const token = sidecar.token(tenant, user)
      client.send(
        `GET /notes/${note} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      )
      return client.closed()
    }),
  )
  const wrong = callers.filter(
    ({ tenant, note }, index) =>
      !answers[index]!.endsWith(`\r\n\r\n${tenants[tenant].id} GET /notes/${note} `),
  )
  t.same(wrong, [])
  const told = recorder.requests().map(({ target, fields }) => {
    const field = (wanted: string) => fields.find(([name]) => name.toLowerCase() === wanted)?.[1]
    return `${target} ${field('x-qlp-tenant-id')} ${field('x-qlp-user-id')}`
  })
  const expected = callers.map(
    ({ tenant, user, note }) => `/notes/${note} ${tenants[tenant].id} ${userIdOf(tenant, user)}`,
  )
  t.same(told.sort(), expected.sort())
})
