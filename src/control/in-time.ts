import type { Clock } from '../lib/clock.ts'
import { DeadlineExceeded, withDeadline } from '../lib/deadline.ts'
import { Fault } from '../lib/fault.ts'

/** How long a caller waits for an answer, and what the log calls it when that is too long. */
export type AnswerTime = { readonly clock: Clock; readonly answerMs: number; readonly attempt: string }

/** Settles as `work` does; rejects with STORE_UNAVAILABLE when it takes longer than the caller waits. */
export async function inTime<Result>(time: AnswerTime, work: Promise<Result>): Promise<Result> {
  return await withDeadline(time.clock, time.answerMs, work).catch(error => {
    throw error instanceof DeadlineExceeded ? tooLate(time) : error
  })
}

export function tooLate({ attempt, answerMs }: AnswerTime): Fault {
  return new Fault('STORE_UNAVAILABLE', attempt, { answerMs })
}
