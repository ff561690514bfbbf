import t from 'tap'
import { createSharedQueue } from '../../src/control/shared-queue.ts'

type Asked = { readonly question: string; readonly answer: (text: string) => void; readonly fail: () => void }

/** A queue with one place, and what it began to answer, in that order. */
function createQueue(waitingMax = 10) {
  const begun: Asked[] = []
  const ask = createSharedQueue<string, string>({
    keyOf: question => question,
    answer(question) {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      begun.push({ question, answer: resolve, fail: () => reject(new Error('gone')) })
      return promise
    },
    atOnce: 1,
    waitingMax,
    full: () => new Error('full'),
  })
  return { ask, begun, questions: () => begun.map(({ question }) => question) }
}

t.test('questions that wait and are the same are answered once, for all of them', async t => {
  const { ask, begun, questions } = createQueue()
  const [first, ...same] = [ask('a'), ask('b'), ask('b'), ask('b')]
  begun[0]!.answer('of a')
  t.equal(await first, 'of a')
  begun[1]!.answer('of b')
  t.same(await Promise.all(same), ['of b', 'of b', 'of b'])
  t.same(questions(), ['a', 'b'])
})

t.test('whoever asks while the same is being answered is not told what was read before', async t => {
  const { ask, begun } = createQueue()
  const [before, after] = [ask('a'), ask('a')]
  begun[0]!.answer('as it was')
  t.equal(await before, 'as it was')
  begun[1]!.answer('as it is')
  t.equal(await after, 'as it is')
})

t.test('a failure is that of those who asked the same, and the next has its turn', async t => {
  const { ask, begun } = createQueue()
  const [failed, other] = [ask('a'), ask('b')]
  begun[0]!.fail()
  await t.rejects(failed, /gone/)
  begun[1]!.answer('of b')
  t.equal(await other, 'of b')
})

t.test('more different questions than may wait are refused; the same ones are not', async t => {
  const { ask, begun } = createQueue(1)
  const [first, waiting] = [ask('a'), ask('b')]
  await t.rejects(ask('c'), /full/)
  const same = ask('b')
  begun[0]!.answer('of a')
  await first
  begun[1]!.answer('of b')
  t.same(await Promise.all([waiting, same]), ['of b', 'of b'])
})
