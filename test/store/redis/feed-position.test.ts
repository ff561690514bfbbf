import t from 'tap'
import type { FeedPosition, StreamEntry } from '../../../src/store/redis/feed-position.ts'
import { advance, nothingYet } from '../../../src/store/redis/feed-position.ts'
import { createRandom, integerBelow } from '../../support/random.ts'

const entry = (id: string): StreamEntry => [id, ['m', id]]
const at = (entryId: string, history = 'h') => ({ history, entryId })
const idsOf = (entries: readonly StreamEntry[]) => entries.map(([id]) => id)

/** A look from `5-0` at a stream of the history `h`. */
function look(lastId: string, ...ids: string[]) {
  return { history: 'h', lastId, entries: ids.map(entry), isWhole: true, quiet: false }
}

t.test('the first look reads nothing, and anything may have been missed', async t => {
  t.same(advance(null, look('7-0')), { position: at('7-0'), entries: [], missed: true })
  t.same(advance(null, look(nothingYet)), { position: at(nothingYet), entries: [], missed: true })
})

t.test('what comes after the entry it stands at was not missed', async t => {
  const { position, entries, missed } = advance(at('5-0'), look('7-0', '5-0', '6-0', '7-0'))
  t.same([position, idsOf(entries), missed], [at('7-0'), ['6-0', '7-0'], false])
  t.match(advance(at('5-0'), look('5-0', '5-0')), { position: at('5-0'), entries: [], missed: false })
})

t.test('a stream that lost all its entries and was given none since has nothing to miss', async t => {
  t.match(advance(at('5-0'), look('5-0')), { position: at('5-0'), missed: false })
})

t.test('without the entry it stands at something may have been missed', async t => {
  const { position, entries, missed } = advance(at('5-0'), look('7-0', '7-0'))
  t.same([position, idsOf(entries), missed], [at('7-0'), ['7-0'], true])
  t.match(advance(at('5-0'), look('7-0')), { position: at('7-0'), missed: true })
  t.match(advance(at('5-0'), look(nothingYet)), { position: at(nothingYet), missed: true })
  t.match(advance(at('5-0'), look('4-0')), { position: at('4-0'), missed: true }, 'its clock is behind')
})

t.test('what was taken out of the end of the stream was missed', async t => {
  const { position, entries, missed } = advance(at('5-0'), look('7-0', '5-0', '6-0'))
  t.same([position, idsOf(entries), missed], [at('7-0'), ['6-0'], true])
  const atEnd = advance(at('5-0'), look('7-0', '5-0'))
  t.match(atEnd, { position: at('7-0'), entries: [], missed: true })
  t.match(advance(atEnd.position, look('7-0')), { position: at('7-0'), missed: false }, 'that is told once')
})

t.test('of more than is read at a time the rest is still to come', async t => {
  const some = { ...look('9-0', '5-0', '6-0', '7-0'), isWhole: false }
  t.match(advance(at('5-0'), some), { position: at('7-0'), missed: false })
})

t.test(
  'in another history its entry proves nothing, and what comes after it is read all the same',
  async t => {
    const { position, entries, missed } = advance(at('5-0'), {
      ...look('6-0', '5-0', '6-0'),
      history: 'other',
    })
    t.same([position, idsOf(entries), missed], [at('6-0', 'other'), ['6-0'], true])
    t.match(advance(at('5-0'), { ...look('5-0', '5-0'), history: 'other' }), {
      position: at('5-0', 'other'),
      missed: true,
    })
  },
)

t.test('where there is no stream one may have come and gone, unless it was watched', async t => {
  t.match(advance(at(nothingYet), look(nothingYet)), { missed: true })
  t.match(advance(at(nothingYet), { ...look(nothingYet), quiet: true }), { missed: false })
})

/** A stream as Redis keeps it, with what was told by it: the simple model that positions are checked against. */
class Stream {
  history = 0
  lastMs = 0
  entries: number[] = []
  #nextMs = 1

  add(): number {
    this.lastMs = Math.max(this.#nextMs, this.lastMs + 1)
    this.#nextMs = this.lastMs + 1
    this.entries.push(this.lastMs)
    return this.lastMs
  }

  trim(kept: number): void {
    this.entries = kept === 0 ? [] : this.entries.slice(-kept)
  }

  flush(): void {
    this.entries = []
    this.lastMs = 0
  }

  /** Another primary has only the first of the entries, and perhaps a clock that is behind. */
  takeOver(kept: number, random: () => number): void {
    this.history += 1
    this.entries = this.entries.slice(0, kept)
    this.lastMs = this.entries.at(-1) ?? 0
    // Never an id again that was given before: that takes two clocks that agree to the millisecond by accident.
    if (random() < 0.5) this.#nextMs += 10
  }

  lookFrom(position: FeedPosition | null, most: number, quiet: boolean) {
    const from = position === null ? Number.POSITIVE_INFINITY : Number.parseInt(position.entryId, 10)
    const later = this.entries.filter(ms => ms >= from)
    return {
      history: String(this.history),
      lastId: `${this.lastMs}-0`,
      entries: later.slice(0, most).map(ms => entry(`${ms}-0`)),
      isWhole: later.length < most,
      quiet,
    }
  }
}

/** Runs one random history; answers what went wrong, or null, and how often something may have been missed. */
function run(seed: number, steps: number, disturbed: boolean) {
  const random = createRandom(seed)
  const stream = new Stream()
  const heard = new Set<number>()
  let unheard = new Set<number>()
  let position: FeedPosition | null = null
  let quiet = false
  let gaps = 0
  for (let step = 0; step < steps; step += 1) {
    const dice = random()
    if (dice < 0.45) {
      unheard.add(stream.add())
      quiet = false
    } else if (dice < 0.85 || !disturbed) {
      const progress = advance(position, stream.lookFrom(position, 1 + integerBelow(random, 4), quiet))
      position = progress.position
      quiet = true
      if (progress.missed) {
        gaps += 1
        unheard = new Set()
      }
      for (const [id] of progress.entries) {
        const ms = Number.parseInt(id, 10)
        if (heard.has(ms)) return { wrong: `step ${step}: ${id} was heard twice`, gaps }
        heard.add(ms)
        unheard.delete(ms)
      }
      const from = Number.parseInt(position.entryId, 10)
      const lost = [...unheard].filter(ms => ms <= from || !stream.entries.includes(ms))
      if (lost.length > 0) return { wrong: `step ${step}: ${lost} were lost and nobody was told`, gaps }
    } else if (dice < 0.92) stream.trim(integerBelow(random, stream.entries.length + 1))
    else if (dice < 0.96) stream.flush()
    else stream.takeOver(integerBelow(random, stream.entries.length + 1), random)
  }
  return { wrong: null, gaps }
}

t.test('whatever becomes of the stream, nothing is heard twice or missed without a word', async t => {
  let gaps = 0
  for (let seed = 1; seed <= 3000; seed += 1) {
    const result = run(seed, 60, true)
    gaps += result.gaps
    if (result.wrong !== null) t.fail(`seed ${seed}, ${result.wrong}`)
  }
  t.ok(gaps > 10_000, 'and it had occasion to')
})

t.test('as long as nothing is lost there is no gap but the first', async t => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const { wrong, gaps } = run(seed, 60, false)
    t.equal(wrong, null)
    // One more where it began to listen before there was a stream.
    if (gaps > 2) t.fail(`seed ${seed}: ${gaps} gaps`)
  }
})
