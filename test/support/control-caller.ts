import type { ControlCaller } from '../../src/access/control-caller.ts'
import { unavailable } from '../../src/access/control-caller.ts'

/** A control plane without sockets; `answer` gives the JSON of each call, or throws. */
export function controlThatAnswers(answer: (path: string) => unknown): {
  readonly caller: ControlCaller
  readonly asked: unknown[][]
} {
  const asked: unknown[][] = []
  return {
    asked,
    caller: {
      async call({ method, path, body, deadlineMs, attempt, read }) {
        asked.push([method, path, body ?? null, deadlineMs])
        const found = read(answer(path))
        if (found === null) throw unavailable(attempt, 'unknown_shape')
        return found
      },
      admits: () => true,
      close: async () => {},
    },
  }
}
