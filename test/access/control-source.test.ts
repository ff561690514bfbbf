import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import type { ControlCallerOptions } from '../../src/access/control-caller.ts'
import { createControlCaller } from '../../src/access/control-caller.ts'
import type { ControlSourceOptions } from '../../src/access/control-source.ts'
import { createControlSource } from '../../src/access/control-source.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { question } from '../support/access.ts'
import { createManualClock } from '../support/manual-clock.ts'

const unavailable = { code: 'DIRECTORY_UNAVAILABLE' }

type Call = { readonly request: IncomingMessage; readonly questions: { subject: string; tenant: string }[] }

/** A control plane that answers as `answer` says, and remembers what it was asked. */
async function build(
  t: Test,
  answer: (response: ServerResponse, call: Call) => void,
  more: Partial<ControlSourceOptions & ControlCallerOptions> = {},
) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const call = { request, questions: JSON.parse(body).questions }
    calls.push(call)
    answer(response, call)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const caller = createControlCaller({
    controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: () => 'secret',
    connections: 4,
    connectTimeoutMs: 5000,
    responseBytesMax: 100_000,
    keepAliveMs: 4000,
    breaker: { failuresToOpen: 1000, openMs: 500 },
    clock: systemClock,
    ...more,
  })
  const source = createControlSource({
    caller,
    deadlineMs: 5000,
    questionsMax: 100,
    callsMax: 4,
    waitingMax: 1000,
    clock: systemClock,
    ...more,
  })
  t.teardown(async () => {
    await caller.close()
    server.closeAllConnections()
    server.close()
  })
  return { source, calls, server }
}

function answerEach(response: ServerResponse, { questions }: Call): void {
  const documents = questions.map(({ subject, tenant }) =>
    tenant === 'none' ? null : `${subject} in ${tenant}`,
  )
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ documents }))
}

t.test(
  'asks in the words of the control plane, with its token, and gets the document or an explicit no',
  async t => {
    const { source, calls } = await build(t, answerEach)
    t.equal(await source.load(question('acme')), 'member in acme')
    t.equal(await source.load(question('none')), null)
    const { request, questions } = calls[0]!
    t.equal(`${request.method} ${request.url}`, 'POST /internal/v1/access-documents')
    t.match(request.headers, { authorization: 'Bearer secret', 'content-type': 'application/json' })
    t.same(questions, [{ issuer: question().issuer, subject: 'member', tenant: 'acme' }])
  },
)

t.test('the token is read again for every call', async t => {
  let reading = 0
  const { source, calls } = await build(t, answerEach, { token: () => `token-${++reading}` })
  await source.load(question())
  await source.load(question())
  t.same(
    calls.map(({ request }) => request.headers.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
})

t.test('questions of the same turn travel together, and each gets its own answer', async t => {
  const { source, calls } = await build(t, answerEach)
  const answers = await Promise.all(
    Array.from({ length: 250 }, (_, index) => source.load(question('acme', `user-${index}`))),
  )
  t.ok(answers.every((answer, index) => answer === `user-${index} in acme`))
  t.same(calls.map(({ questions }) => questions.length).sort(), [100, 100, 50])
})

t.test('no more calls than it may are under way, and what waits travels with the next', async t => {
  const held: (() => void)[] = []
  const { source, calls } = await build(
    t,
    (response, call) => {
      held.push(() => answerEach(response, call))
    },
    { callsMax: 1, questionsMax: 2 },
  )
  const first = source.load(question('acme', 'a'))
  while (held.length < 1) await turn()
  const more = ['b', 'c', 'd'].map(subject => source.load(question('acme', subject)))
  await turn()
  t.equal(calls.length, 1)
  held[0]!()
  t.equal(await first, 'a in acme')
  while (held.length < 2) await turn()
  held[1]!()
  while (held.length < 3) await turn()
  held[2]!()
  t.same(await Promise.all(more), ['b in acme', 'c in acme', 'd in acme'])
})

t.test('refuses a question when too many wait', async t => {
  const { source } = await build(t, answerEach, { waitingMax: 3 })
  const asked = Array.from({ length: 5 }, (_, index) => source.load(question('acme', `${index}`)))
  const results = await Promise.allSettled(asked)
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
})

t.test('anything but a 200 with an answer to every question is an outage, never a no', async t => {
  const send = (status: number, body: string) => (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body)
  }
  const no = '{"documents":[null]}'
  for (const [what, answer] of [
    ['400', send(400, no)],
    ['401', send(401, no)],
    ['403', send(403, no)],
    ['404', send(404, no)],
    ['429', send(429, no)],
    ['500', send(500, no)],
    ['503', send(503, no)],
    ['204', send(204, '')],
    ['a redirect', send(307, no)],
    ['not JSON', send(200, '<html>')],
    ['null', send(200, 'null')],
    ['no documents', send(200, '{}')],
    ['too few', send(200, '{"documents":[]}')],
    ['too many', send(200, '{"documents":[null,null]}')],
    ['undefined in place of null', send(200, '{"documents":[false]}')],
    [
      'half an answer',
      (response: ServerResponse) => response.writeHead(200).write('{"doc') && response.destroy(),
    ],
    ['a cut connection', (response: ServerResponse) => response.destroy()],
    ['more than is read', send(200, JSON.stringify({ documents: ['x'.repeat(200_000)] }))],
  ] as const) {
    const { source, calls } = await build(t, answer)
    await t.rejects(source.load(question()), unavailable, what)
    t.equal(calls.length, 1, `${what}: asked once`)
  }
})

t.test('nobody listening is an outage', async t => {
  const { source, server } = await build(t, answerEach)
  server.close()
  await t.rejects(source.load(question()), unavailable)
})

t.test('a token that cannot be read is an outage', async t => {
  const token = () => {
    throw new Error('no such file')
  }
  const { source, calls } = await build(t, answerEach, { token })
  await t.rejects(source.load(question()), unavailable)
  t.equal(calls.length, 0)
})

t.test('silence ends at the deadline and cuts the call', async t => {
  const clock = createManualClock(0)
  let cut = false
  const { source, calls } = await build(t, response => void response.on('close', () => (cut = true)), {
    clock,
  })
  const asked = source.load(question())
  while (calls.length < 1) await turn()
  clock.advance(5000)
  await t.rejects(asked, unavailable)
  while (!cut) await turn()
  t.equal(clock.timerCount(), 0)
})

t.test('a question that waits for its call ends at its own deadline, and is not asked later', async t => {
  const clock = createManualClock(0)
  const held: (() => void)[] = []
  const { source, calls } = await build(t, (response, call) => held.push(() => answerEach(response, call)), {
    clock,
    callsMax: 1,
  })
  const first = source.load(question('acme', 'a'))
  while (held.length < 1) await turn()
  const second = source.load(question('acme', 'b'))
  clock.advance(5000)
  await Promise.all([t.rejects(first, unavailable), t.rejects(second, unavailable)])
  const third = source.load(question('acme', 'c'))
  while (held.length < 2) await turn()
  held[1]!()
  t.equal(await third, 'c in acme')
  t.same(
    calls.map(({ questions }) => questions.map(({ subject }) => subject)),
    [['a'], ['c']],
  )
})

t.test('a control plane that failed is left alone for a while, then tried once', async t => {
  const clock = createManualClock(0)
  let well = false
  const { source, calls } = await build(
    t,
    (response, call) => (well ? answerEach(response, call) : response.writeHead(500).end()),
    { clock, breaker: { failuresToOpen: 2, openMs: 500 } },
  )
  for (let attempt = 0; attempt < 5; attempt += 1) await t.rejects(source.load(question()), unavailable)
  t.equal(calls.length, 2)
  well = true
  clock.advance(500)
  t.equal(await source.load(question()), 'member in acme')
  t.equal(await source.load(question()), 'member in acme')
})

t.test('a name longer than the control plane takes does not spoil the call of others', async t => {
  const { source, calls } = await build(t, answerEach)
  const fine = source.load(question())
  await t.rejects(source.load(question('acme', 'x'.repeat(1025))), unavailable)
  t.equal(await fine, 'member in acme')
  t.equal(calls[0]!.questions.length, 1)
})

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

t.test('to be asked to call less does not open the circuit; to fail does', async t => {
  const breaker = { failuresToOpen: 1, openMs: 60_000 }
  for (const [status, calledAgain] of [
    [429, 2],
    [500, 1],
  ] as const) {
    const answer = (response: ServerResponse) => response.writeHead(status).end()
    const { source, calls } = await build(t, answer, { breaker })
    for (let count = 0; count < 2; count += 1) await t.rejects(source.load(question()), unavailable)
    t.equal(calls.length, calledAgain, String(status))
  }
})
