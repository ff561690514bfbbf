import t from 'tap'
import type { PreparedAccess } from '../../src/access/prepared-access.ts'
import { acme } from '../support/access.ts'
import { away, bounds, buildDirectory, minute, unavailable, versionOf } from '../support/directory.ts'

/**
 * Threat 77: a permission that was taken away serves on, because nobody was told.
 * Advisories: none
 * Defence: what is heard of a change counts at once; and where nothing is heard, an access document is used for
 * `freshMs` at most, one from Redis until `refreshMs` after it was issued, and while nobody can be asked for `staleMs`,
 * never more than 15 minutes (src/access/directory.ts).
 */

const second = 1000

/** Asks at a steady pace while the role changes unheard. @returns for how long after the change it still showed */
async function staleFor(everyMs: number, changesAtMs: number, keepsInStore: boolean): Promise<number> {
  const { clock, lookup, control, store, aged } = buildDirectory()
  let version = 1
  control(() => aged(0, version))
  let last = -1
  const ask = async (): Promise<PreparedAccess | null> => {
    const found = await lookup()
    // What is refreshed behind a request is done by the next one.
    await new Promise(resolve => setImmediate(resolve))
    return found
  }
  await ask()
  // Nobody told Redis either: it goes on with what it was given first.
  if (keepsInStore) store(aged(0, 1))
  for (let atMs = 0; atMs <= changesAtMs + 3 * minute; ) {
    const next = version === 1 && atMs + everyMs > changesAtMs ? changesAtMs : atMs + everyMs
    clock.advance(next - atMs)
    atMs = next
    if (atMs === changesAtMs) version = 2
    if (versionOf(await ask()) === 1 && version === 2) last = atMs - changesAtMs
  }
  return last
}

const paces = [second, 3 * second, 7 * second, 19 * second, 29 * second, 31 * second, 59 * second]
const changes = [0, 5 * second, 29 * second, 30 * second, 47 * second]

t.test('where nothing is heard of a change, it is seen in the time that is said', async t => {
  let longest = 0
  for (const everyMs of paces) {
    for (const changesAtMs of changes) {
      const staleMs = await staleFor(everyMs, changesAtMs, false)
      longest = Math.max(longest, staleMs)
      t.ok(staleMs <= bounds.freshMs, `every ${everyMs}, changed at ${changesAtMs}: ${staleMs} ms`)
    }
  }
  t.ok(longest > bounds.freshMs / 2, 'there is something to be bounded')
})

t.test('also where Redis goes on with what it had', async t => {
  let longest = 0
  for (const everyMs of paces) {
    for (const changesAtMs of changes) {
      const staleMs = await staleFor(everyMs, changesAtMs, true)
      longest = Math.max(longest, staleMs)
      t.ok(staleMs <= bounds.refreshMs, `every ${everyMs}, changed at ${changesAtMs}: ${staleMs} ms`)
    }
  }
  t.ok(longest > bounds.refreshMs / 2, 'there is something to be bounded')
})

t.test('while nobody can be asked it serves to its end, and then nobody is let in', async t => {
  const { clock, lookup, control } = buildDirectory()
  t.equal(versionOf(await lookup()), 1)
  control(away)
  for (let atMs = 0; atMs < bounds.staleMs; atMs += minute) {
    t.equal(versionOf(await lookup()), 1)
    clock.advance(minute)
  }
  clock.advance(1)
  await t.rejects(async () => lookup(), unavailable)
})

t.test('what is heard counts at once', async t => {
  const { lookup, control, aged, changed } = buildDirectory()
  t.equal(versionOf(await lookup()), 1)
  control(() => aged(0, 2))
  changed({ tenantId: acme.id, slug: acme.slug, accessVersion: 2 })
  t.equal(versionOf(await lookup()), 2)
})
