import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startFailure } from '../../src/cli/serve.ts'

const serve = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url))

/** A process that serves until a signal, with the given way of draining. */
async function serving(drain: string) {
  const script = `
    import { serveUntilSignal } from ${JSON.stringify(`file://${serve}`)}
    const terminal = { out: console.log, err: console.error, env: {}, directory: '/', interactive: false }
    const done = serveUntilSignal({ drain: async () => { ${drain} }, close: async () => console.log('closed') }, terminal)
    console.log('serving')
    process.exitCode = await done`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk
  })
  const said = async (text: string) => {
    while (!out.includes(text)) await once(child.stdout, 'data')
  }
  await said('serving')
  return { child, said, exited: once(child, 'close'), output: () => out }
}

t.test('a signal drains, then closes, and the process exits with 0', async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, exited, output } = await serving("console.log('drained')")
    child.kill(signal)
    t.same(await exited, [0, null])
    t.match(output(), /serving\ndrained\nclosed\n/)
  }
})

t.test('a second signal ends the process at once, with 1', async t => {
  const { child, said, exited, output } = await serving(
    "console.log('draining'); await new Promise(() => {})",
  )
  child.kill('SIGTERM')
  await said('draining')
  child.kill('SIGINT')
  t.same(await exited, [1, null])
  t.notMatch(output(), 'closed')
})

t.test('a drain that fails exits with 1', async t => {
  const { child, exited } = await serving("throw new Error('no')")
  child.kill('SIGTERM')
  t.same(await exited, [1, null])
})

t.test('a port that cannot be bound is told with what to change', async t => {
  const failure = (code: string) =>
    startFailure(Object.assign(new Error('x'), { code, port: 80, address: '0.0.0.0' }))
  t.equal(failure('EADDRINUSE'), 'port 80 of 0.0.0.0 is taken by another process; change listen')
  t.match(failure('EACCES'), /may not be bound by this user/)
  t.match(failure('EADDRNOTAVAIL'), /no address of this machine/)
})
