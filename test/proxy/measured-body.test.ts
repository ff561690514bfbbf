import { Readable } from 'node:stream'
import t from 'tap'
import { measureBody } from '../../src/proxy/measured-body.ts'

const never = () => {
  throw new Error('not too large')
}

t.test('a body within its bound passes unchanged and counted', async t => {
  const { stream, bytes } = measureBody(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3, never)
  t.equal(Buffer.concat(await stream.toArray()).toString(), 'abc')
  t.equal(bytes(), 3)
})

t.test('the piece that crosses the bound is not passed on, and the source is left alone', async t => {
  const source = new Readable({ read() {} })
  let told = 0
  const { stream } = measureBody(source, 3, () => (told += 1))
  const seen: string[] = []
  stream.on('data', chunk => seen.push(String(chunk)))
  source.push('abc')
  source.push('d')
  source.push('e')
  await turns()
  t.same(seen, ['abc'])
  t.equal(told, 1)
  t.notOk(source.destroyed)
  t.ok(source.isPaused())
})

t.test('pieces that come in one turn go on as one, and those of the next do not wait for it', async t => {
  const source = new Readable({ read() {} })
  const { stream } = measureBody(source, 10, never)
  const seen: string[] = []
  stream.on('data', chunk => seen.push(String(chunk)))
  for (const piece of ['a', 'b', 'c']) source.emit('data', Buffer.from(piece))
  await turns()
  t.same(seen, ['abc'])
  source.emit('data', Buffer.from('d'))
  await turns()
  t.same(seen, ['abc', 'd'])
})

t.test('a reader that takes nothing stops the source', async t => {
  let read = 0
  const source = new Readable({
    read() {
      read += 65_536
      this.push(Buffer.alloc(65_536))
    },
  })
  const { stream } = measureBody(source, Number.MAX_SAFE_INTEGER, never)
  stream.pause()
  stream.read(0)
  await turns()
  t.ok(read < 1024 * 1024)
})

t.test('destroying it leaves the client’s stream open and paused', async t => {
  const source = new Readable({ read() {} })
  const { stream } = measureBody(source, 10, never)
  stream.resume()
  source.push('ab')
  await turns()
  stream.destroy()
  await turns()
  t.notOk(source.destroyed)
  t.ok(source.isPaused())
  source.destroy(new Error('later'))
  await turns()
})

t.test('a source that breaks off breaks it, so that half is not taken for the whole', async t => {
  for (const error of [undefined, new Error('reset')]) {
    const source = new Readable({ read() {} })
    const { stream } = measureBody(source, 10, never)
    const failed = t.rejects(stream.toArray())
    source.push('ab')
    source.destroy(error)
    await failed
  }
  const gone = new Readable({ read() {} }).destroy()
  await t.rejects(measureBody(gone, 10, never).stream.toArray())
})

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve))
}
