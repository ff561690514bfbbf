import t from 'tap'
import { readQueryParameter } from '../../src/access/selectors.ts'
import { isRefused } from '../../src/lib/refused.ts'
import { parseCompactToken } from '../../src/token/compact-token.ts'
import { call } from '../support/caller.ts'
import { startRecorder } from '../support/recorder.ts'
import { startSidecar } from '../support/sidecar.ts'
import { encodePart } from '../support/tokens.ts'

/**
 * Threat 89: names that are chosen to collide, or to be looked for again and again, make work that grows with the square
 * of what was sent (hash flooding).
 * Advisories: CVE-2026-21717
 * Defence: parameters of a query are read in one pass and kept in no table (src/access/selectors.ts); a token is parsed
 * once, and not at all beyond `bounds.tokenBytes` (src/token/compact-token.ts, src/token/verifier.ts); a target ends at
 * `bounds.targetBytes` (src/proxy/stages/01-receive.ts).
 */

/** A text that counts how many of its characters were looked at, by whoever uses it as a string. */
function counted(text: string) {
  let looked = 0
  const view = {
    length: text.length,
    indexOf(part: string, from = 0) {
      const at = text.indexOf(part, from)
      looked += (at === -1 ? text.length : at) - from + 1
      return at
    },
    includes(part: string) {
      return view.indexOf(part) !== -1
    },
    slice(from = 0, to = text.length) {
      looked += to - from
      return text.slice(from, to)
    },
  }
  return { text: view as unknown as string, looked: () => looked }
}

const makers: Readonly<Record<string, (count: number) => string>> = {
  'names without a value': count => Array(count).fill('a').join('&'),
  'nothing at all': count => '&'.repeat(count),
  'integer-like names': count => Array.from({ length: count }, (_, index) => `${index * 65_536}=1`).join('&'),
  'one name again and again': count => Array(count).fill('b=1').join('&'),
  'escaped names': count => Array(count).fill('%61%62').join('&'),
  'one long name': count => 'a'.repeat(count * 4),
  'one long value': count => `a=${'='.repeat(count * 4)}`,
  'the value at the very end': count => `${'a&'.repeat(count)}b=1`,
}

t.test('a query is read in one pass, whatever is in it', async t => {
  for (const [what, make] of Object.entries(makers)) {
    const query = counted(make(20_000))
    readQueryParameter(query.text, 'tenant_id')
    const length = make(20_000).length
    t.ok(query.looked() <= 5 * length, `${what}: ${query.looked()} of ${length}`)
  }
})

/** A token whose payload has so many integer-like members. */
function tokenOf(members: number): string {
  const payload = Object.fromEntries(Array.from({ length: members }, (_, index) => [`${index * 65_536}`, 0]))
  const header = { alg: 'ES256', typ: 'JWT', kid: 'k1' }
  return `${encodePart(header)}.${encodePart({ ...payload, iss: 'nobody' })}.${'A'.repeat(86)}`
}

t.test('a token is parsed once, and each of its members is kept once', async t => {
  const parsed: number[] = []
  const parse = JSON.parse
  JSON.parse = (text: string, ...more) => {
    parsed.push(text.length)
    return parse(text, ...more)
  }
  t.teardown(() => {
    JSON.parse = parse
  })
  const token = tokenOf(5000)
  const read = parseCompactToken(token)
  JSON.parse = parse
  t.notOk(isRefused(read))
  t.ok(parsed.length <= 2 && parsed.reduce((sum, length) => sum + length, 0) < token.length, `${parsed}`)
})

t.test('what is larger than is accepted is not even parsed', async t => {
  const recorder = await startRecorder(t)
  const sidecar = await startSidecar(t, { origin: recorder.origin })
  const { traffic } = sidecar.proxy.addresses
  const answer = await call(traffic, '/notes', { token: tokenOf(1000) })
  t.match(answer.json.code, /^TOKEN_/)
  const large = await call(traffic, '/notes', { token: `${tokenOf(2000).slice(0, 20_000)}.e30.e30` })
  t.match(large, { status: 401, json: { code: 'TOKEN_TOO_LARGE' } })
  const target = await call(traffic, `/notes?${makers['names without a value']!(5000)}`)
  t.match(target, { status: 431, json: { code: 'HEADERS_TOO_LARGE' } })
  t.equal(recorder.connections.length, 0)
})
