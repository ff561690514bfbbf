import t from 'tap'
import { answerEach } from '../../src/control/answer-each.ts'

t.test('answers come in the order of the questions, whatever order they are found in', async t => {
  const pending = new Map<number, (answer: string) => void>()
  const answers = answerEach(
    [1, 2, 3],
    3,
    question => new Promise<string>(resolve => pending.set(question, resolve)),
  )
  for (const question of [3, 1, 2]) pending.get(question)!(`answer ${question}`)
  t.same(await answers, ['answer 1', 'answer 2', 'answer 3'])
})

t.test('no more than the lanes are looked up at a time', async t => {
  let busy = 0
  let busiest = 0
  await answerEach(
    Array.from({ length: 20 }, (_, index) => index),
    4,
    async () => {
      busy += 1
      busiest = Math.max(busiest, busy)
      await Promise.resolve()
      busy -= 1
    },
  )
  t.equal(busiest, 4)
})

t.test('the first failure fails the whole, and no further question is begun', async t => {
  const begun: number[] = []
  const answers = answerEach([0, 1, 2, 3, 4, 5], 2, async question => {
    begun.push(question)
    if (question === 1) throw new Error('gone')
    await new Promise(resolve => setImmediate(resolve))
  })
  await t.rejects(answers, /gone/)
  await new Promise(resolve => setImmediate(resolve))
  t.same(begun, [0, 1])
})

t.test('no questions have no answers', async t => {
  t.same(await answerEach([], 4, async () => 1), [])
})
