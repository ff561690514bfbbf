import { once } from 'node:events'
import t from 'tap'
import { postern } from '../support/command.ts'
import { configText, controlSections } from '../support/config-text.ts'

t.test(
  'a control plane starts without its stores, says where it listens, and drains on a signal',
  async t => {
    const directory = t.testdir({
      'c.yaml': configText(
        {
          listen: 'listen: { host: 127.0.0.1, port: 0 }',
          postgres: 'postgres:\n  url: postgres://runtime@127.0.0.1:1/postern',
          redis: 'redis:\n  url: redis://127.0.0.1:1',
          services:
            'services:\n  issuers:\n    - issuer: http://127.0.0.1:1/\n      jwksUri: http://127.0.0.1:1/keys\n' +
            '      audiences: [postern]\n  subjects: [notes]',
          drain: 'drain: { delayMs: 0, timeoutMs: 1000 }',
        },
        controlSections,
      ),
    })
    const { code, out, err } = await postern(['control', '--config', 'c.yaml'], {
      directory,
      onStart: async child => {
        let text = ''
        while (!text.includes('the control plane listens'))
          text += String((await once(child.stdout!, 'data'))[0])
        child.kill('SIGTERM')
      },
    })
    t.equal(code, 0)
    t.match(err, /warning: c\.yaml:1:1 documents\.signingKeyFile: the key is made in memory/)
    const lines = out.trimEnd().split('\n')
    t.ok(lines.map(line => JSON.parse(line)).some(line => /^http:\/\/127\.0\.0\.1:\d+$/.test(line.url ?? '')))
  },
)

t.test('an address that cannot be bound exits with 1', async t => {
  const directory = t.testdir({
    'c.yaml': configText({ listen: 'listen: { host: 203.0.113.1, port: 8090 }' }, controlSections),
  })
  const { code, err } = await postern(['control', '--config', 'c.yaml'], { directory })
  t.equal(code, 1)
  t.match(
    err,
    /the control plane could not start: 203\.0\.113\.1 is no address of this machine; change listen/,
  )
})
