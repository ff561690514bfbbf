import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startKeptProcess } from '../../src/demo/kept-process.ts'

const shell = (script: string, directory: string, startMsMax = 30_000) =>
  startKeptProcess({
    file: '/bin/sh',
    args: ['-c', script],
    directory,
    stopSignal: 'TERM',
    user: null,
    readyWords: 'here I am',
    startMsMax,
  })

t.test('serves once it says so, and is stopped by its signal and cleared away on close', async t => {
  const directory = join(t.testdir({}), 'own')
  mkdirSync(directory)
  const ended = join(t.testdirName, 'ended')
  const kept = await shell(
    `trap 'echo stopped > "${ended}"; exit 0' TERM; echo here I am; while :; do sleep 0.05; done`,
    directory,
  )
  t.ok(existsSync(directory))
  await kept.close()
  await kept.close()
  t.ok(existsSync(ended))
  t.notOk(existsSync(directory))
})

t.test('a start that fails shows the output, and clears away', async t => {
  const directory = join(t.testdir({}), 'own')
  mkdirSync(directory)
  await t.rejects(
    shell('echo what is wrong >&2; exit 4', directory),
    /did not start: it ended with code 4\nwhat is wrong$/,
  )
  t.notOk(existsSync(directory))
})

t.test('a start that takes too long is stopped', async t => {
  const directory = join(t.testdir({}), 'own')
  mkdirSync(directory)
  await t.rejects(shell('exec sleep 600', directory, 1), /did not start: no answer within 1 ms/)
  t.notOk(existsSync(directory))
})

t.test('gets nothing of our environment', async t => {
  process.env.POSTERN_TEST_MARK = 'x'
  t.teardown(() => {
    delete process.env.POSTERN_TEST_MARK
  })
  const directory = join(t.testdir({}), 'own')
  mkdirSync(directory)
  const error: Error = await shell('env; echo PATH is $PATH; exit 1', directory).then(
    () => new Error('it started'),
    reason => reason,
  )
  t.match(error.message, 'PATH is /usr/local/bin:')
  t.notMatch(error.message, 'POSTERN_TEST_MARK')
})

t.test('does not outlive us when we are killed outright', async t => {
  const directory = join(t.testdir({}), 'own')
  mkdirSync(directory)
  const source = fileURLToPath(new URL('../../src/demo/kept-process.ts', import.meta.url))
  const script = `
    const { startKeptProcess } = await import(${JSON.stringify(source)})
    await startKeptProcess({ file: '/bin/sh', args: ['-c', 'echo here I am $$; exec sleep 600'],
      directory: ${JSON.stringify(directory)}, stopSignal: 'TERM', user: null, readyWords: 'here I am', startMsMax: 30000 })
    console.log('started')
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(parent.stdout, 'data')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  while (existsSync(directory)) await new Promise(resolve => setTimeout(resolve, 10))
  t.notOk(existsSync(directory))
})
