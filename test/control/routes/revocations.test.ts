import t from 'tap'
import type { Revocation } from '../../../src/token/revocation.ts'
import { startControlServer } from '../../support/control-server.ts'
import type { Json } from '../../support/tokens.ts'

const idOf = (number: number) => `0190d000-0000-7000-8000-${String(number).padStart(12, '0')}`

function revocation(number: number): Revocation {
  return { id: idOf(number), kind: 'tenant', tenantId: 'acme', notBeforeMs: 1, expiresAtMs: 2 }
}

/** A list of so many, as the store pages it. */
function pagesOf(count: number) {
  const asked: [string | null, number][] = []
  const all = Array.from({ length: count }, (_, index) => revocation(index))
  const list = async (after: string | null, most: number) => {
    asked.push([after, most])
    return all.filter(({ id }) => after === null || id > after).slice(0, most)
  }
  return { asked, all, list }
}

async function get(url: string, query: string) {
  const response = await fetch(`${url}/internal/v1/revocations${query}`)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

t.test('the list is given page by page, and the last page says so', async t => {
  const { list, all } = pagesOf(5)
  const { url } = await startControlServer(t, { list })
  const first = await get(url, '?limit=2')
  t.equal(first.headers.get('cache-control'), 'no-store')
  t.same(first.body, { revocations: all.slice(0, 2), next: idOf(1) })
  const second = await get(url, `?limit=2&after=${first.body.next}`)
  t.same(second.body, { revocations: all.slice(2, 4), next: idOf(3) })
  const third = await get(url, `?limit=2&after=${second.body.next}`)
  t.same(third.body, { revocations: all.slice(4), next: null })
})

t.test('a list that ends with a full page ends with an empty one', async t => {
  const { list } = pagesOf(2)
  const { url } = await startControlServer(t, { list })
  t.match((await get(url, '?limit=2')).body, { next: idOf(1) })
  t.same((await get(url, `?limit=2&after=${idOf(1)}`)).body, { revocations: [], next: null })
})

t.test('without a limit a page has a thousand', async t => {
  const { list, asked } = pagesOf(0)
  const { url } = await startControlServer(t, { list })
  t.same((await get(url, '')).body, { revocations: [], next: null })
  t.same(asked, [[null, 1000]])
})

t.test('what is no id, and no number of revocations, is refused before anyone is asked', async t => {
  const { list, asked } = pagesOf(0)
  const { url } = await startControlServer(t, { list })
  for (const query of [
    '?after=',
    '?after=1',
    `?after=${idOf(1).toUpperCase()}`,
    `?after=${idOf(1)}%27`,
    `?after=${idOf(1)}&after=${idOf(2)}`,
    '?limit=',
    '?limit=0',
    '?limit=-1',
    '?limit=1e3',
    '?limit=01',
    '?limit=1001',
    '?limit=1&limit=2',
  ]) {
    t.match(await get(url, query), { status: 400, body: { code: 'REQUEST_INVALID' } }, query)
  }
  t.same(asked, [])
})

t.test('who may not ask has nothing read', async t => {
  const { list, asked } = pagesOf(1)
  const { url } = await startControlServer(t, { list, guard: async (_, reply) => reply.code(403).send({}) })
  t.equal((await get(url, '')).status, 403)
  t.same(asked, [])
})

t.test('a list that is not read in time is answered 503, by the clock', async t => {
  const asked = Promise.withResolvers<void>()
  const { url, clock } = await startControlServer(t, {
    list() {
      asked.resolve()
      return new Promise(() => {})
    },
  })
  const answer = get(url, '')
  await asked.promise
  clock.advance(5000)
  t.match(await answer, { status: 503, body: { code: 'STORE_UNAVAILABLE' } })
})
