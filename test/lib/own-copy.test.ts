import t from 'tap'
import { collectGarbage } from '../../bench/directory/garbage.ts'
import { ownCopy } from '../../src/lib/own-copy.ts'

const pieces = 1000
const longBytes = 8192

/** What is still in memory for each of many pieces of long texts that were kept. */
function bytesKept(keep: (piece: string) => string): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const kept = new Set<string>()
  for (let index = 0; index < pieces; index += 1) {
    const long = Buffer.alloc(longBytes, `${1_000_000 + index}-${1_000_000 + index}/`).toString('latin1')
    kept.add(keep(long.slice(0, long.indexOf('/'))))
  }
  collectGarbage()
  const bytes = (process.memoryUsage().heapUsed - before) / pieces
  return kept.size === pieces ? bytes : Number.NaN
}

t.test('a copy keeps nothing in memory but itself', async t => {
  t.ok(bytesKept(piece => piece) > longBytes, 'a piece keeps the whole')
  t.ok(bytesKept(ownCopy) < longBytes / 8)
})

t.test('a copy is the same text', async t => {
  for (const text of ['', 'a', 'acme', '0190a000-0000-7000-8000-00000000000a']) t.equal(ownCopy(text), text)
})
