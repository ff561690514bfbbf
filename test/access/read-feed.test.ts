import t from 'tap'
import type { FeedMessage } from '../../src/access/feed.ts'
import { readFeedMessages, readRevocation } from '../../src/access/read-feed.ts'
import type { Revocation } from '../../src/token/revocation.ts'

const access: FeedMessage = { kind: 'access', tenantId: 'id', slug: 'acme', accessVersion: 7 }
const base = { id: 'r', notBeforeMs: 1000, expiresAtMs: 2000 }
const revocations: readonly Revocation[] = [
  { ...base, kind: 'session', issuer: 'https://idp/', sessionId: 's' },
  { ...base, kind: 'principal', issuer: 'https://idp/', subject: 'u', tenantId: null },
  { ...base, kind: 'principal', issuer: 'https://idp/', subject: 'u', tenantId: 't' },
  { ...base, kind: 'tenant', tenantId: 't' },
  { id: 'r', expiresAtMs: 2000, kind: 'key', issuer: 'https://idp/', keyId: 'k' },
]

t.test('reads every message as it was written, in its order', async t => {
  const messages = [
    access,
    ...revocations.map(revocation => ({ kind: 'revocation' as const, revocation })),
    { ...access, accessVersion: 8 },
  ]
  t.same(readFeedMessages(JSON.stringify(messages)), messages)
  t.same(readFeedMessages('[]'), [])
})

t.test('takes over nothing that a message does not consist of', async t => {
  t.same(readFeedMessages(JSON.stringify([{ ...access, more: 1 }])), [access])
  for (const revocation of revocations) t.same(readRevocation({ ...revocation, more: 1 }), revocation)
})

t.test('leaves out a kind of message that only a later version knows', async t => {
  t.same(readFeedMessages(JSON.stringify([{ kind: 'weather' }, access, {}])), [access])
})

t.test('reads nothing at all where anything cannot be understood', async t => {
  for (const text of ['', 'rubbish', 'null', '{}', '"access"', '[null]', '[[]]', '["access"]'])
    t.equal(readFeedMessages(text), null, text)
  const list = (...items: unknown[]) => JSON.stringify([access, ...items])
  t.equal(readFeedMessages(list({ ...access, tenantId: '' })), null)
  t.equal(readFeedMessages(list({ ...access, slug: 5 })), null)
  for (const accessVersion of ['7', -1, 1.5, 2 ** 53, null])
    t.equal(readFeedMessages(list({ ...access, accessVersion })), null, `${accessVersion}`)
  t.equal(readFeedMessages(list({ kind: 'revocation', revocation: { kind: 'tenant' } })), null)
})

t.test('a revocation that lacks any part is none', async t => {
  for (const revocation of revocations) {
    for (const part of Object.keys(revocation)) {
      const { [part]: _, ...rest } = { ...revocation } as Record<string, unknown>
      t.equal(readRevocation(rest), null, `${revocation.kind} without ${part}`)
      t.equal(readRevocation({ ...revocation, [part]: {} }), null, `${revocation.kind} with odd ${part}`)
    }
  }
  for (const value of [null, 'key', 5, []]) t.equal(readRevocation(value), null)
})
