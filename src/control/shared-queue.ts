export type SharedQueueOptions<Question, Answer> = {
  /** The same for questions that are the same, and for no others. */
  readonly keyOf: (question: Question) => string
  readonly answer: (question: Question) => Promise<Answer>
  /** How many are being answered at a time. */
  readonly atOnce: number
  /** Different questions that wait for their turn; the next one is refused. */
  readonly waitingMax: number
  /** What the next one is refused with. */
  readonly full: () => Error
}

type Waiting<Question, Answer> = {
  readonly question: Question
  readonly answer: Promise<Answer>
  readonly settle: (answer: Promise<Answer>) => void
}

/**
 * Answers a few questions at a time. One that still waits is answered together with all that ask the same, so that many
 * sidecars that start at once do not have everything looked up many times. One that is being answered is never joined:
 * it may have been read before a change that whoever asks now was already told of.
 */
export function createSharedQueue<Question, Answer>(
  options: SharedQueueOptions<Question, Answer>,
): (question: Question) => Promise<Answer> {
  const { keyOf, answer, atOnce, waitingMax } = options
  const waiting = new Map<string, Waiting<Question, Answer>>()
  let busy = 0

  return question => {
    if (busy < atOnce) return begin(question)
    const key = keyOf(question)
    const joined = waiting.get(key)
    if (joined !== undefined) return joined.answer
    if (waiting.size >= waitingMax) return Promise.reject(options.full())
    const { promise, resolve } = Promise.withResolvers<Answer>()
    waiting.set(key, { question, answer: promise, settle: resolve })
    return promise
  }

  async function begin(question: Question): Promise<Answer> {
    busy += 1
    try {
      return await answer(question)
    } finally {
      busy -= 1
      next()
    }
  }

  function next(): void {
    for (const [key, { question, settle }] of waiting) {
      if (busy >= atOnce) return
      waiting.delete(key)
      settle(begin(question))
    }
  }
}
