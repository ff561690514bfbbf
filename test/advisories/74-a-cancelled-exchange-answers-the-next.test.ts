import type { Test } from 'tap'
import t from 'tap'
import { createRandom } from '../support/random.ts'
import type { RecorderParts } from '../support/recorder.ts'
import { echoAnswer, startRecorder } from '../support/recorder.ts'
import type { Sidecar, SidecarUser, TenantSlug } from '../support/sidecar.ts'
import { startSidecar, tenants } from '../support/sidecar.ts'

/**
 * Threat 74: a client leaves in the middle, and what was meant for it answers whoever uses its connection next.
 * Advisories: CVE-2023-28858, CVE-2023-28859
 * Defence: a client that leaves cancels its exchange, which costs the connection to the service that it was sent on
 * (src/proxy/stages/08-forward.ts, src/upstream/delivery.ts); a lookup goes on for others who wait for the same, and its
 * answer is compared with the question (src/access/directory.ts); a reply of Redis that is late is nobody’s
 * (src/store/redis/client.ts, proven beside it).
 */

const random = createRandom(74)
const slugs: readonly TenantSlug[] = ['acme', 'globex']
const users: readonly SidecarUser[] = ['member', 'admin', 'owner']

/** Every request looks its access up anew, and every answer takes its time. */
async function start(t: Test, parts: RecorderParts) {
  const recorder = await startRecorder(t, parts)
  const sidecar = await startSidecar(t, {
    origin: recorder.origin,
    control: honest => ({
      load: async asked => {
        await pause(3)
        return honest.load(asked)
      },
    }),
    configure: config => ({
      ...config,
      upstream: { ...config.upstream, connections: 2 },
      directory: { ...config.directory, freshMs: 0 },
    }),
  })
  return { recorder, sidecar }
}

function pause(msMax: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, random() * msMax))
}

async function send(sidecar: Sidecar, tenant: TenantSlug, user: SidecarUser, text: string) {
  const client = await sidecar.connect()
  client.send(
    `POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${sidecar.token(tenant, user)}\r\n` +
      `Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  )
  return client
}

t.test('whoever stays gets their own answer, whenever others leave', async t => {
  const { sidecar, recorder } = await start(t, {
    answer: (request, peer) => {
      void pause(3).then(() => peer.socket.writable && peer.write(echoAnswer(request)))
      return null
    },
  })
  const wrong: string[] = []
  let left = 0
  const work = async (worker: number) => {
    for (let turn = 0; turn < 25; turn += 1) {
      const tenant = slugs[(worker + turn) % 2]!
      const text = `text-of-${worker}-${turn}`
      const client = await send(sidecar, tenant, users[turn % 3]!, text)
      if (random() < 0.5) {
        await pause(8)
        if (client.received() === '') left += 1
        client.hangUp()
        continue
      }
      const received = await client.closed()
      if (!received.endsWith(`\r\n\r\n${tenants[tenant].id} POST /notes ${text}`)) wrong.push(received)
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, worker) => work(worker)))
  t.same(wrong, [])
  t.ok(left > 30, `${left} left without an answer`)
  t.ok(recorder.requests().length > 150)
})

t.test('a connection on which somebody’s answer is still due is not given to anyone else', async t => {
  const { sidecar, recorder } = await start(t, {
    answer: request => (request.body.startsWith('left') ? null : echoAnswer(request)),
  })
  for (let turn = 0; turn < 6; turn += 1) {
    const leaving = await send(sidecar, 'acme', 'owner', `left-${turn}`)
    while (!recorder.bytes().includes(`left-${turn}`)) await pause(1)
    leaving.hangUp()
    const stays = await send(sidecar, 'globex', 'owner', 'stays')
    t.match(await stays.closed(), new RegExp(`${tenants.globex.id} POST /notes stays$`))
  }
  for (const { requests } of recorder.read())
    t.notOk(
      requests.slice(0, -1).some(({ body }) => body.startsWith('left')),
      'nothing came after it',
    )
})
