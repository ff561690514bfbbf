import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import type { AccessDocument, AccessQuestion } from '../../src/access/document.ts'
import type { DocumentRejection } from '../../src/access/signed-document.ts'
import { createDocumentSigner, createDocumentVerifier } from '../../src/access/signed-document.ts'

const document: AccessDocument = {
  tenant: {
    id: '01900000-0000-7000-8000-00000000ac3e',
    slug: 'acme',
    status: 'active',
    plan: 'pro',
    limits: [{ name: 'minute', windowMs: 60_000, max: 6000 }],
  },
  principal: {
    issuer: 'https://id.example/',
    subject: 'mona',
    userId: '01900000-0000-7000-8000-0000000000e3',
  },
  accessVersion: 7,
  issuedAtMs: 1_790_000_000_000,
  role: 'member',
  permissions: ['notes:read', 'notes:write'],
  breakGlass: null,
  workspaces: [
    { id: '01900000-0000-7000-8000-000000001ab0', slug: 'lab', role: 'member', permissions: ['notes:read'] },
  ],
}
const question: AccessQuestion = { issuer: 'https://id.example/', subject: 'mona', tenantRef: 'acme' }

const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const next = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const published = new Map([
  ['ours', ours.publicKey],
  ['next', next.publicKey],
])
const signer = createDocumentSigner({ key: ours.privateKey, keyId: 'ours', issuer: 'postern-control' })
const verifier = createDocumentVerifier({
  keys: { find: keyId => published.get(keyId) ?? null },
  bytesMax: 4096,
})
const signed = signer.sign(document)

/** Anything at all, signed with our own key: what only a control plane could have made. */
function signAnything(payload: string, header: object = {}): string {
  const head = { alg: 'ES256', typ: 'postern-access+jwt', kid: 'ours', ...header }
  const input = `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
  const signature = sign('sha256', Buffer.from(input), { key: ours.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const rejects = (test: Tap, text: string, reason: DocumentRejection, asked = question) =>
  test.same(verifier.verify(text, asked), { rejected: reason })
type Tap = { same: (found: unknown, wanted: unknown) => unknown }

t.test('what was signed is read back, asked for by slug or by id in any case', async t => {
  t.same(verifier.verify(signed, question), document)
  t.same(verifier.verify(signed, { ...question, tenantRef: document.tenant.id }), document)
  t.same(verifier.verify(signed, { ...question, tenantRef: document.tenant.id.toUpperCase() }), document)
})

t.test('a document that was changed anywhere is refused', async t => {
  const [head, payload, signature] = signed.split('.') as [string, string, string]
  const promoted = Buffer.from(
    Buffer.from(payload, 'base64url').toString().replace('"member"', '"owner"'),
  ).toString('base64url')
  rejects(t, `${head}.${promoted}.${signature}`, 'bad_signature')
  const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  rejects(t, `${head}.${payload}.${flipped}`, 'bad_signature')
})

t.test('a document signed with a key that is not published is refused', async t => {
  const forged = createDocumentSigner({ key: theirs.privateKey, keyId: 'theirs', issuer: 'postern-control' })
  rejects(t, forged.sign(document), 'unknown_key')
})

t.test('a forger who names our key does not have it', async t => {
  const forged = createDocumentSigner({ key: theirs.privateKey, keyId: 'ours', issuer: 'postern-control' })
  rejects(t, forged.sign(document), 'bad_signature')
})

t.test('a document is believed under the key that signed it, and no other of ours', async t => {
  const mislabelled = createDocumentSigner({ key: ours.privateKey, keyId: 'next', issuer: 'postern-control' })
  rejects(t, mislabelled.sign(document), 'bad_signature')
})

t.test('a published key that is not for ES256 refuses without throwing', async t => {
  for (const { publicKey } of [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ]) {
    const odd = createDocumentVerifier({ keys: { find: () => publicKey }, bytesMax: 4096 })
    t.same(odd.verify(signed, question), { rejected: 'bad_signature' })
  }
})

t.test('a document that was cut short, at any byte, is refused', async t => {
  const kept = []
  for (let length = 0; length < signed.length; length += 1) {
    if (!('rejected' in verifier.verify(signed.slice(0, length), question))) kept.push(length)
  }
  t.same(kept, [])
})

t.test('a signature written in a second spelling, or with anything after it, is refused', async t => {
  for (const tail of ['=', '==', ' ', '.', '.AAAA', '\n']) rejects(t, signed + tail, 'malformed')
  rejects(t, `${signed}A`, 'bad_signature')
})

t.test('a document for another principal or tenant is no answer', async t => {
  rejects(t, signed, 'other_question', { ...question, subject: 'gert' })
  rejects(t, signed, 'other_question', { ...question, issuer: 'https://id.example' })
  rejects(t, signed, 'other_question', { ...question, tenantRef: 'globex' })
  rejects(t, signed, 'other_question', { ...question, tenantRef: 'ACME' })
  rejects(t, signed, 'other_question', { ...question, tenantRef: '' })
})

t.test('a document larger than the bound is refused before anything is decoded', async t => {
  const workspaces = Array.from({ length: 100 }, () => document.workspaces[0]!)
  const large = signer.sign({ ...document, workspaces })
  rejects(t, large, 'too_large')
  const patient = createDocumentVerifier({ keys: { find: () => ours.publicKey }, bytesMax: large.length })
  t.notOk('rejected' in patient.verify(large, question), 'and taken where the bound allows it')
})

t.test('another kind of JWS under the same key is not a document', async t => {
  const payload = JSON.stringify({ access: document })
  rejects(t, signAnything(payload, { typ: 'JWT' }), 'wrong_type')
  rejects(t, signAnything(payload, { typ: undefined }), 'wrong_type')
  rejects(t, signAnything(payload, { alg: 'none' }), 'wrong_type')
  rejects(t, signAnything(payload, { alg: 'HS256' }), 'wrong_type')
  rejects(t, signAnything(payload, { crit: ['exp'] }), 'wrong_type')
  rejects(t, signAnything(payload, { b64: false }), 'wrong_type')
  rejects(t, signAnything(payload, { kid: undefined }), 'malformed')
  rejects(t, signAnything(payload, { kid: 7 }), 'malformed')
  rejects(t, signAnything(payload, { kid: 'k'.repeat(257) }), 'malformed')
})

t.test('what is signed but not a document has an unknown shape', async t => {
  for (const payload of ['', 'null', '[]', '"x"', '{}', '{"access":null}', '{"access":[]}', '{', 'ÿ']) {
    rejects(t, signAnything(payload), 'unknown_shape')
  }
})

t.test('what is not a compact JWS at all is malformed', async t => {
  for (const text of ['', '.', '..', 'a.b.c', 'null', '{}', 'ÿ.ÿ.ÿ', 'e30.e30.e30'])
    rejects(t, text, 'malformed')
})
