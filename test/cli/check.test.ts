import { join } from 'node:path'
import t from 'tap'
import { postern } from '../support/command.ts'
import { configText, controlSections } from '../support/config-text.ts'

t.test('a good file is summed up, with its warnings', async t => {
  const directory = t.testdir({
    'a.yaml': configText({
      routes:
        'routes:\n  - match: GET /health\n    public: true\n  - match: GET /notes\n    permission: notes:read',
    }),
    token: 'secret-of-a-file',
  })
  const { code, out, err } = await postern(['check', 'a.yaml'], { directory })
  t.equal(err, '')
  t.equal(code, 0)
  t.equal(
    out,
    'warning: a.yaml:16:5 routes[1]: this route is closed (NOT_ISOLATED), as nothing is said of its isolation\n' +
      'a.yaml: fine. A sidecar of notes: 2 routes (1 public, 1 closed), 1 issuer, no Redis.\n',
  )
})

t.test('a bad file exits with 64 after every mistake was told, and no secret was', async t => {
  const directory = t.testdir({
    'a.yaml': configText({ redis: 'redis:\n  url: ${PASSWORD}', log: 'log:\n  levle: info' }),
    token: 'secret-of-a-file',
  })
  const { code, out, err } = await postern(['check', 'a.yaml'], { directory, env: { PASSWORD: 'hunter2' } })
  t.equal(code, 64)
  t.equal(out, '')
  t.equal(
    err,
    'a.yaml:18:8 redis.url: expected a redis or rediss URL\n' +
      'a.yaml:20:3 log.levle: expected a known key; did you mean level?\n' +
      'postern: 2 mistakes in a.yaml\n',
  )
})

t.test('files with secrets are asked for, unless they are taken for granted', async t => {
  const directory = t.testdir({ 'a.yaml': configText({}) })
  t.match(await postern(['check', 'a.yaml'], { directory }), {
    code: 64,
    err: /control\.tokenFile: expected a file/,
  })
  t.match(await postern(['check', '--without-secrets', join(directory, 'a.yaml')]), { code: 0, err: '' })
})

t.test('a file that is not there exits with 64', async t => {
  t.match(await postern(['check', 'absent.yaml'], { directory: t.testdir({}) }), {
    code: 64,
    err: 'postern: absent.yaml cannot be read (ENOENT)\n',
  })
})

t.test('a control plane is summed up, and a command for the other kind says so', async t => {
  const directory = t.testdir({ 'c.yaml': configText({}, controlSections) })
  t.match(await postern(['check', 'c.yaml'], { directory }), {
    code: 0,
    out: /c\.yaml: fine\. A control plane for 1 service of 1 issuer, no Redis\.\n$/,
  })
  t.match(await postern(['proxy', '--config', 'c.yaml'], { directory }), {
    code: 64,
    err: 'postern: c.yaml is of kind control; expected kind: proxy\nType: postern control --config c.yaml\n',
  })
})
