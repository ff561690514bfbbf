import t from 'tap'
import { readAccessDocument } from '../../src/access/read-document.ts'

const document = {
  tenant: {
    id: 'tenant-id',
    slug: 'acme',
    status: 'active',
    plan: 'pro',
    limits: [{ name: 'minute', windowMs: 60_000, max: 0 }],
  },
  principal: { issuer: 'https://id.example/', subject: 'mona', userId: 'user-id' },
  accessVersion: 7,
  issuedAtMs: 1_790_000_000_000,
  role: 'member',
  permissions: ['notes:read'],
  breakGlass: { grantId: 'grant-id', expiresAtMs: 1_790_000_600_000 },
  workspaces: [{ id: 'workspace-id', slug: 'lab', role: 'guest', permissions: [] }],
}

type Path = readonly (string | number)[]

/** A copy in which the member at `path` has another value, or is gone for undefined. */
function changed(path: Path, value: unknown): unknown {
  const copy = structuredClone(document)
  let at = copy as unknown as Record<string | number, Record<string | number, never>>
  for (const name of path.slice(0, -1)) at = at[name]! as never
  if (value === undefined) delete at[path.at(-1)!]
  else at[path.at(-1)!] = value as never
  return copy
}

/** Every member of a value, however deep. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path]
  const inner = Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))
  return path.length === 0 ? inner : [path, ...inner]
}

t.test('a whole document is read', async t => {
  t.same(readAccessDocument(structuredClone(document)), document)
})

t.test('every member is needed, and needs its kind', async t => {
  for (const path of pathsOf(document)) {
    const isItem = /^\d+$/.test(String(path.at(-1)))
    const mayBeAbsent = path.length === 1 && path[0] === 'breakGlass'
    if (!isItem && !mayBeAbsent)
      t.equal(readAccessDocument(changed(path, undefined)), null, `${path.join('.')} missing`)
    for (const value of mayBeAbsent ? [true, {}, ''] : [null, true, {}, '']) {
      t.equal(readAccessDocument(changed(path, value)), null, `${path.join('.')} = ${JSON.stringify(value)}`)
    }
  }
})

t.test('nobody is under break-glass where the control plane does not say so', async t => {
  t.same(readAccessDocument(changed(['breakGlass'], null)), changed(['breakGlass'], null))
  t.same(readAccessDocument(changed(['breakGlass'], undefined)), changed(['breakGlass'], null))
})

t.test('members of a later version are left out, not refused', async t => {
  const later = structuredClone(document) as unknown as Record<string, Record<string, unknown>>
  later.region = { name: 'eu' }
  later.tenant!.region = 'eu'
  later.principal!.acting = true
  t.same(readAccessDocument(later), document)
})

t.test('a tenant status this version does not know makes the document unknown', async t => {
  t.equal(readAccessDocument(changed(['tenant', 'status'], 'frozen')), null)
  for (const status of ['active', 'suspended', 'archived']) {
    t.same(readAccessDocument(changed(['tenant', 'status'], status)), changed(['tenant', 'status'], status))
  }
})

t.test('numbers are whole, safe and not negative', async t => {
  for (const path of [['accessVersion'], ['issuedAtMs'], ['tenant', 'limits', 0, 'max']]) {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53, '7']) {
      t.equal(readAccessDocument(changed(path, value)), null, `${path.join('.')} = ${value}`)
    }
  }
  t.equal(readAccessDocument(changed(['tenant', 'limits', 0, 'windowMs'], 0)), null, 'a window has a length')
})

t.test('what is no object is no document', async t => {
  for (const value of [undefined, null, 1, 'x', [], [document]]) t.equal(readAccessDocument(value), null)
})
