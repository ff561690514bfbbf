/**
 * Answers every question, at most `lanes` at a time, in the order of the questions. The first failure fails the whole,
 * and no further question is begun.
 */
export async function answerEach<Question, Answer>(
  questions: readonly Question[],
  lanes: number,
  answer: (question: Question) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(questions.length)
  let next = 0
  const lane = async () => {
    while (next < questions.length) {
      const index = next
      next += 1
      answers[index] = await answer(questions[index]!)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(lanes, questions.length) }, lane))
  } finally {
    next = questions.length
  }
  return answers
}
