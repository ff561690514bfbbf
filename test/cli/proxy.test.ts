import { once } from 'node:events'
import t from 'tap'
import { postern } from '../support/command.ts'
import { configText } from '../support/config-text.ts'

const sections = {
  listen:
    'listen:\n  traffic: { host: 127.0.0.1, port: 0 }\n  metrics: { host: 127.0.0.1, port: 0 }\n' +
    '  admin: { host: 127.0.0.1, port: 0 }',
  upstream: 'upstream:\n  url: http://127.0.0.1:1',
  control: 'control:\n  url: http://127.0.0.1:1\n  tokenFile: token',
  redis: 'redis:\n  url: redis://127.0.0.1:1',
  issuers:
    'issuers:\n  - issuer: http://127.0.0.1:1/\n    jwksUri: http://127.0.0.1:1/keys\n    audiences: [postern]',
  drain: 'drain: { delayMs: 0, timeoutMs: 1000 }',
}

type Told = { readonly metrics?: string; readonly traffic?: string }

t.test('a sidecar starts ready though all it leans on is away, and drains on a signal', async t => {
  const directory = t.testdir({ 'p.yaml': configText(sections), token: 'a.b.c' })
  const answers: number[] = []
  const { code } = await postern(['proxy', '--config', 'p.yaml'], {
    directory,
    onStart: async child => {
      const { metrics, traffic } = await listening(child.stdout!)
      for (const url of [`${metrics}/livez`, `${metrics}/readyz`, `${traffic}/nowhere`])
        answers.push((await fetch(url)).status)
      child.kill('SIGTERM')
    },
  })
  t.strictSame(answers, [200, 200, 404])
  t.equal(code, 0)
})

t.test('an address that cannot be bound exits with 1 and says which', async t => {
  const listen = sections.listen.replace('traffic: { host: 127.0.0.1', 'traffic: { host: 203.0.113.1')
  const directory = t.testdir({ 'p.yaml': configText({ ...sections, listen }), token: 'a.b.c' })
  const { code, err } = await postern(['proxy', '--config', 'p.yaml'], { directory })
  t.equal(code, 1)
  t.match(err, /the sidecar could not start: 203\.0\.113\.1 is no address of this machine; change listen/)
})

t.test('a configuration of the other kind is refused with the command to type', async t => {
  const directory = t.testdir({ 'c.yaml': 'kind: control\n' })
  const { code, err } = await postern(['proxy', '--config', 'c.yaml'], { directory })
  t.equal(code, 64)
  t.match(err, /c\.yaml/)
})

async function listening(out: NodeJS.ReadableStream): Promise<Told> {
  let text = ''
  for (;;) {
    const line = text.split('\n').find(each => each.includes('the sidecar listens') && each.endsWith('}'))
    if (line !== undefined) return JSON.parse(line) as Told
    text += String((await once(out, 'data'))[0])
  }
}
