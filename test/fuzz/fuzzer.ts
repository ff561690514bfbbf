/** Numbers in [0, 1), the same for the same seed (test/support/random.ts). */
export type Random = () => number

/**
 * One thing that is fuzzed: how its inputs are made, and what must hold of every one of them.
 *
 * An input is latin-1 text, one character a byte, so that it can be kept in a file, cut and printed.
 */
export type Fuzzer = {
  readonly name: string
  /** Cases that run at the same time: more than one only where they wait for sockets. */
  readonly concurrency: number
  /** @param corpus inputs that are known to be interesting, to start from */
  readonly generate: (random: Random, corpus: readonly string[]) => string
  /**
   * Answers what became of the input, in a word that is counted (`accepted`, a refusal code). Throws a Violation where
   * a promise is broken; whatever else is thrown has escaped from what is tested.
   */
  readonly check: (input: string) => string | Promise<string>
  readonly close: () => Promise<void>
}

/** Something that must hold of every input, and did not. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function hold(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Violation(promise)
}

/** Whether a log can show this: no control character, in ASCII or Latin-1. */
export function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false
  }
  return true
}

/** The source of case `index` of a campaign: any case can be made again without those before it. */
export function seedOfCase(seed: number, index: number): number {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
