import t from 'tap'
import { createControlRevocations } from '../../src/access/control-revocations.ts'
import { controlThatAnswers } from '../support/control-caller.ts'

const idOf = (number: number) => `0190d000-0000-7000-8000-${String(number).padStart(12, '0')}`
const item = (number: number) => ({
  id: idOf(number),
  kind: 'tenant',
  tenantId: 'acme',
  notBeforeMs: 1,
  expiresAtMs: 2,
})

function build(answer: (path: string) => unknown) {
  const { caller, asked } = controlThatAnswers(answer)
  const source = createControlRevocations({ caller, deadlineMs: 1000, pageMax: 2 })
  const added: string[] = []
  return { asked, added, load: () => source.loadAll(({ id }) => added.push(id)) }
}

t.test('all pages are read, each from where the last one ended', async t => {
  const pages = [
    { revocations: [item(1), item(2)], next: idOf(2) },
    { revocations: [item(3), item(4)], next: idOf(4) },
    { revocations: [], next: null },
  ]
  const { load, asked, added } = build(() => pages.shift())
  await load()
  t.same(added, [1, 2, 3, 4].map(idOf))
  t.same(asked, [
    ['GET', '/internal/v1/revocations?limit=2', null, 1000],
    ['GET', `/internal/v1/revocations?limit=2&after=${idOf(2)}`, null, 1000],
    ['GET', `/internal/v1/revocations?limit=2&after=${idOf(4)}`, null, 1000],
  ])
})

t.test('a page that cannot be had is no whole list', async t => {
  const pages = [{ revocations: [item(1), item(2)], next: idOf(2) }]
  const { load, added } = build(() => {
    const page = pages.shift()
    if (page === undefined) throw new Error('away')
    return page
  })
  await t.rejects(load(), { message: 'away' })
  t.same(added, [1, 2].map(idOf), 'what was told by then is true')
})

t.test('a page of which anything is not understood is none of it', async t => {
  for (const page of [
    null,
    [],
    {},
    { revocations: [item(1)] },
    { next: null },
    { revocations: null, next: null },
    { revocations: [item(1), { ...item(2), kind: 'planet' }], next: null },
    { revocations: [item(1), { ...item(2), tenantId: '' }], next: null },
    { revocations: [item(1), null], next: null },
    { revocations: [item(1)], next: 1 },
    { revocations: [item(1)], next: '' },
    { revocations: [item(1)], next: `${idOf(1)}&limit=1` },
  ]) {
    const { load, added } = build(() => page)
    await t.rejects(load(), { code: 'DIRECTORY_UNAVAILABLE' }, JSON.stringify(page))
    t.same(added, [])
  }
})

t.test('pages that do not move on come to an end', async t => {
  for (const next of [idOf(2), idOf(1)]) {
    let calls = 0
    const { load } = build(() => {
      calls += 1
      return { revocations: [item(2)], next: calls === 1 ? idOf(2) : next }
    })
    await t.rejects(load(), { code: 'DIRECTORY_UNAVAILABLE' })
    t.equal(calls, 2)
  }
})

t.test('pages that never end come to an end', async t => {
  let calls = 0
  const { load } = build(() => {
    calls += 1
    return { revocations: [], next: idOf(calls) }
  })
  await t.rejects(load(), { code: 'DIRECTORY_UNAVAILABLE' })
  t.equal(calls, 10_000)
})
