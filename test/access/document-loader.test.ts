import t from 'tap'
import { createDocumentLoader } from '../../src/access/document-loader.ts'
import type { DocumentSource, DocumentStore } from '../../src/access/ports.ts'
import { Fault } from '../../src/lib/fault.ts'
import { accessDocument, documentKeys, question } from '../support/access.ts'
import { createManualClock } from '../support/manual-clock.ts'

const { sign, verify } = documentKeys()
const nowMs = 1_800_000_000_000
const signed = sign(accessDocument({ issuedAtMs: nowMs }))
const stored = { signed, versionTold: 0 }

function build(store: DocumentStore | null, load: DocumentSource['load']) {
  const events: string[] = []
  const loader = createDocumentLoader({
    store,
    source: { load },
    verify,
    clock: createManualClock(nowMs),
    bounds: { staleMs: 900_000, skewMs: 5000 },
    events: {
      onRejected: (origin, reason) => events.push(`rejected ${origin} ${reason}`),
      onFailure: origin => events.push(`failed ${origin}`),
    },
  })
  return { loader, events }
}

const silent = () => Promise.reject(new Fault('STORE_UNAVAILABLE', 'ask Redis'))

t.test('hands over a document that is believed, with the length of its signed text', async t => {
  const { loader } = build({ get: async () => stored, put: silent }, async () => signed)
  const expected = { document: { tenant: { slug: 'acme' } }, characters: signed.length }
  t.match(await loader.fromStore(question()), expected)
  t.match(await loader.fromSource(question()), expected)
})

t.test('a store that is absent, empty, silent or lying gives nothing and breaks nothing', async t => {
  t.equal(await build(null, silent).loader.fromStore(question()), null)
  t.equal(await build({ get: async () => null, put: silent }, silent).loader.fromStore(question()), null)
  const failing = build({ get: silent, put: silent }, silent)
  t.equal(await failing.loader.fromStore(question()), null)
  t.same(failing.events, ['failed store'])
  const lying = build({ get: async () => stored, put: silent }, silent)
  t.equal(await lying.loader.fromStore(question('globex')), null)
  t.same(lying.events, ['rejected store other_question'])
})

t.test('takes no document from the store that is older than the version told of its tenant', async t => {
  for (const [versionTold, believed] of [
    [6, true],
    [7, true],
    [8, false],
  ] as const) {
    const old = { signed: sign(accessDocument({ issuedAtMs: nowMs, accessVersion: 7 })), versionTold }
    const { loader, events } = build({ get: async () => old, put: silent }, silent)
    t.equal((await loader.fromStore(question())) !== null, believed, `${versionTold}`)
    t.same(events, believed ? [] : ['rejected store outdated'])
  }
})

t.test('only an explicit no of the control plane is a no', async t => {
  t.equal(await build(null, async () => null).loader.fromSource(question()), null)
  for (const load of [silent, async () => 'rubbish', async () => '']) {
    await t.rejects(build(null, load).loader.fromSource(question()), { code: 'DIRECTORY_UNAVAILABLE' })
  }
})

t.test(
  'takes a document from a clock that runs ahead a little, not from one far ahead or far behind',
  async t => {
    for (const [issuedAtMs, believed] of [
      [nowMs + 5000, true],
      [nowMs + 5001, false],
      [nowMs - 899_999, true],
      [nowMs - 900_000, false],
    ] as const) {
      const store = {
        get: async () => ({ ...stored, signed: sign(accessDocument({ issuedAtMs })) }),
        put: silent,
      }
      t.equal(
        (await build(store, silent).loader.fromStore(question())) !== null,
        believed,
        `${issuedAtMs - nowMs}`,
      )
    }
  },
)
