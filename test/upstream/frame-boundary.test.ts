import t from 'tap'
import { FrameBoundary } from '../../src/upstream/frame-boundary.ts'
import { createRandom, integerBelow } from '../support/random.ts'

/** A frame as a service sends it (RFC 6455 §5.2), its payload full of what looks like a close frame. */
function frame(length: number, first = 0x82): Buffer {
  const payload = Buffer.alloc(length, Uint8Array.of(0x88, 0x02))
  if (length < 126) return Buffer.concat([Uint8Array.of(first, length), payload])
  if (length < 65_536) return Buffer.concat([Uint8Array.of(first, 126, length >> 8, length & 255), payload])
  const head = Buffer.alloc(10)
  head[0] = first
  head[1] = 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

const lengths = [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000]

t.test(
  'it is between frames before the first byte and after the last of each, and nowhere in one',
  async t => {
    for (const length of lengths) {
      const bytes = frame(length)
      const frames = new FrameBoundary()
      t.ok(frames.isBetween)
      for (let index = 0; index < bytes.length; index += 1) {
        frames.pass(bytes.subarray(index, index + 1))
        if (frames.isBetween !== (index === bytes.length - 1)) t.fail(`${length} bytes, after byte ${index}`)
      }
      t.notOk(frames.hasClosed, 'what a payload holds is not looked at')
    }
  },
)

t.test('however the bytes are cut, they come to the same', async t => {
  const random = createRandom(7)
  for (let round = 0; round < 200; round += 1) {
    const sizes = Array.from({ length: 5 }, () => lengths[integerBelow(random, lengths.length)]!)
    const sent = sizes.map(size => frame(size))
    const bytes = Buffer.concat(sent)
    const ends = new Set(sent.map((_, index) => Buffer.concat(sent.slice(0, index + 1)).length))
    const frames = new FrameBoundary()
    for (let at = 0; at < bytes.length; ) {
      const next = Math.min(bytes.length, at + 1 + integerBelow(random, 40_000))
      frames.pass(bytes.subarray(at, next))
      at = next
      if (frames.isBetween !== ends.has(at)) t.fail(`round ${round}, after ${at} bytes`)
    }
    t.ok(frames.isBetween)
  }
})

t.test('finishing takes the rest of the frame under way, and no byte of the next', async t => {
  for (const length of lengths) {
    const bytes = Buffer.concat([frame(length), frame(3)])
    const end = frame(length).length
    for (const split of [1, Math.min(3, end - 1), Math.floor(end / 2), end - 1]) {
      const frames = new FrameBoundary()
      frames.pass(bytes.subarray(0, split))
      t.equal(frames.finish(bytes.subarray(split)), end - split, `${length} bytes, cut after ${split}`)
      t.ok(frames.isBetween)
    }
  }
})

t.test('finishing over several pieces takes each of them whole until the last', async t => {
  const frames = new FrameBoundary()
  frames.pass(frame(300).subarray(0, 3))
  t.equal(frames.finish(frame(300).subarray(3, 100)), 97)
  t.notOk(frames.isBetween)
  t.equal(frames.finish(Buffer.concat([frame(300).subarray(100), frame(1)])), 204)
  t.ok(frames.isBetween)
})

t.test('between frames there is nothing to finish', async t => {
  t.equal(new FrameBoundary().finish(frame(5)), 0)
})

t.test('a close frame of the service is noticed, in whatever pieces', async t => {
  const frames = new FrameBoundary()
  frames.pass(frame(5))
  t.notOk(frames.hasClosed)
  frames.pass(Uint8Array.of(0x88))
  t.ok(frames.hasClosed)
})

t.test('of a masked frame, or one of impossible length, no boundary is known, ever', async t => {
  for (const head of [
    [0x82, 0x85],
    [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0],
  ]) {
    const frames = new FrameBoundary()
    frames.pass(Uint8Array.from(head))
    t.notOk(frames.isBetween)
    t.equal(frames.finish(Buffer.alloc(100)), 100)
    t.notOk(frames.isBetween)
  }
})
