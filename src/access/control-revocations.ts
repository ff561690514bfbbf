import type { Revocation } from '../token/revocation.ts'
import type { RevocationSource } from '../token/revocation-loader.ts'
import type { ControlCaller } from './control-caller.ts'
import { unavailable } from './control-caller.ts'
import { readRevocation } from './read-feed.ts'

type Page = {
  readonly revocations: readonly Revocation[]
  /** The id after which the next page begins; null for the last one. */
  readonly next: string | null
}

const attempt = 'ask the control plane for what is revoked'

/** More than any list has: whoever sends that many pages has lost count. */
const pagesMax = 10_000

export function createControlRevocations(options: {
  readonly caller: ControlCaller
  /** For one page. */
  readonly deadlineMs: number
  /** Revocations of one page; the control plane gives at most 1000. */
  readonly pageMax: number
}): RevocationSource {
  const { caller, deadlineMs, pageMax } = options

  function loadPage(after: string | null): Promise<Page> {
    const place = after === null ? '' : `&after=${after}`
    return caller.call({
      method: 'GET',
      path: `/internal/v1/revocations?limit=${pageMax}${place}`,
      deadlineMs,
      attempt,
      read: answer => readPage(answer, after),
    })
  }

  return {
    async loadAll(add) {
      let after: string | null = null
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const page: Page = await loadPage(after)
        for (const revocation of page.revocations) add(revocation)
        if (page.next === null) return
        after = page.next
      }
      throw unavailable(attempt, 'too_many_pages')
    },
  }
}

const idShape = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Null unless all of it is understood: one that is left out would be a token let in. */
function readPage(answer: unknown, after: string | null): Page | null {
  if (typeof answer !== 'object' || answer === null) return null
  if (!('revocations' in answer) || !('next' in answer)) return null
  const { revocations: items, next } = answer
  if (!Array.isArray(items) || !(next === null || isPlaceAfter(next, after))) return null
  const revocations: Revocation[] = []
  for (const item of items) {
    const revocation = readRevocation(item)
    if (revocation === null) return null
    revocations.push(revocation)
  }
  return { revocations, next }
}

/** Ids of one length sort as their texts do; one that does not move on would be asked for without end. */
function isPlaceAfter(next: unknown, after: string | null): next is string {
  return typeof next === 'string' && idShape.test(next) && (after === null || next > after)
}
