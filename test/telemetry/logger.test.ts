import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { systemClock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/telemetry/logger.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

function collecting(level: 'debug' | 'info' | 'warn' | 'error') {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return {
    lines,
    log: createLog({ level, bufferBytes: 1024, destination, onDrop: () => {}, clock: systemClock }),
  }
}

t.test('a line is one JSON object with time, level, message and fields', async t => {
  const { lines, log } = collecting('info')
  log.warn({ port: 8080 }, 'listening')
  t.equal(lines.length, 1)
  t.ok(lines[0]!.endsWith('}\n'))
  const line = JSON.parse(lines[0]!)
  t.match(line, { level: 'warn', msg: 'listening', port: 8080, time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ })
})

t.test('lines below the level are not written', async t => {
  const { lines, log } = collecting('warn')
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  t.same(
    lines.map(line => JSON.parse(line).msg),
    ['c', 'd'],
  )
})

t.test('strings that would break a line or a terminal stay inside their string', async t => {
  const { lines, log } = collecting('info')
  const hostile = [
    'a\r\n{"level":"forged"}',
    '\u001b[2J\u0000',
    '"}\\',
    '\ud800',
    '\u2028',
    '\u009b2J',
    '</script>',
  ]
  for (const text of hostile) log.info({ text }, text)
  t.equal(lines.length, hostile.length)
  for (const [index, line] of lines.entries()) {
    t.equal(line.indexOf('\n'), line.length - 1)
    t.match(line, /^[\x20-\x7e]+\n$/)
    const { text, msg } = JSON.parse(line)
    t.equal(text, msg)
    t.equal(text, hostile[index])
  }
})

t.test('what a slow reader does not take is dropped and counted, and the rest is whole', async t => {
  const path = join(t.testdir({}), 'log')
  let dropped = 0
  const log = createLog({
    level: 'info',
    bufferBytes: 1000,
    destination: path,
    clock: systemClock,
    onDrop: () => {
      dropped += 1
    },
  })
  for (let n = 0; n < 100; n += 1) log.info({ n }, 'x'.repeat(100))
  await log.close()
  t.ok(dropped > 0)
  let read = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    t.equal(typeof JSON.parse(line).n, 'number')
    read += 1
  }
  t.equal(read + dropped, 100)
})

t.test(
  'closing it ends, although nothing can be written, and a line that comes later goes nowhere',
  async t => {
    const clock = createManualClock(0)
    let dropped = 0
    const log = createLog({
      level: 'info',
      bufferBytes: 1000,
      destination: join(t.testdir({}), 'no-such-directory', 'log'),
      onDrop: () => {
        dropped += 1
      },
      clock,
    })
    log.info({}, 'lost')
    const closed = log.close()
    clock.advance(1000)
    await closed
    log.info({}, 'later')
    await log.close()
    await until('it is told that the file cannot be opened', () => dropped > 0)
  },
)
