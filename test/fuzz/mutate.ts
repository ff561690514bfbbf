import { integerBelow } from '../support/random.ts'
import type { Random } from './fuzzer.ts'

export type Mutations = {
  /** What is put in, or in the place of something: words that mean something to the parser under test. */
  readonly words: readonly string[]
  readonly lengthMax: number
}

/** Changes a text in one to `changesMax` places; small changes are the more likely ones. */
export function mutate(
  random: Random,
  text: string,
  others: readonly string[],
  mutations: Mutations,
  changesMax = 4,
): string {
  let mutated = text
  const changes = 1 + integerBelow(random, integerBelow(random, changesMax) + 1)
  for (let change = 0; change < changes; change += 1) mutated = mutateOnce(random, mutated, others, mutations)
  return mutated.length > mutations.lengthMax ? mutated.slice(0, mutations.lengthMax) : mutated
}

export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  return items[integerBelow(random, items.length)]!
}

export function chance(random: Random, share: number): boolean {
  return random() < share
}

function mutateOnce(random: Random, text: string, others: readonly string[], { words }: Mutations): string {
  const at = integerBelow(random, text.length + 1)
  const end = Math.min(text.length, at + 1 + integerBelow(random, 1 << integerBelow(random, 6)))
  const before = text.slice(0, at)
  switch (integerBelow(random, 10)) {
    case 0:
      return before + flipped(random, text, at) + text.slice(at + 1)
    case 1:
      return before + byte(random) + text.slice(at + 1)
    case 2:
      return before + byte(random) + text.slice(at)
    case 3:
      return before + text.slice(end)
    case 4:
      return before + text.slice(at, end) + text.slice(at)
    case 5:
      return before + oneOf(random, words) + text.slice(at)
    case 6:
      return before + oneOf(random, words) + text.slice(end)
    case 7:
      return before + byte(random).repeat(1 << integerBelow(random, 10)) + text.slice(at)
    case 8: {
      const other = oneOf(random, others)
      return before + other.slice(integerBelow(random, other.length + 1))
    }
    default:
      return moved(random, text, at, end)
  }
}

function flipped(random: Random, text: string, at: number): string {
  return at === text.length ? '' : String.fromCharCode(text.charCodeAt(at) ^ (1 << integerBelow(random, 8)))
}

function moved(random: Random, text: string, at: number, end: number): string {
  const rest = text.slice(0, at) + text.slice(end)
  const to = integerBelow(random, rest.length + 1)
  return rest.slice(0, to) + text.slice(at, end) + rest.slice(to)
}

/** One that parsers look at more often than not. */
function byte(random: Random): string {
  return chance(random, 0.6) ? oneOf(random, telling) : String.fromCharCode(integerBelow(random, 256))
}

const telling = [...'\0\t\n\r\v\f "#%&,-./0159:;=?@A[\\]_`az{|}~\x7f\x80\x85\xa0\xc0\xe2\xff']
