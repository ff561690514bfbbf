import t from 'tap'
import { readRevokeRequest } from '../../src/cli/revoke-request.ts'

const issuer = 'https://id.example/v2.0/'
const why = { reason: 'Ticket 4711' }
const hourMs = 3_600_000

t.test('each kind of tokens is named by what stands in them', async t => {
  for (const [values, names, tokens] of [
    [{ principal: true }, [issuer, 'ada'], { kind: 'principal', issuer, subject: 'ada', inTenant: null }],
    [
      { principal: true, 'in-tenant': 'acme' },
      [issuer, 'ada'],
      { kind: 'principal', issuer, subject: 'ada', inTenant: 'acme' },
    ],
    [{ session: true }, [issuer, 's1'], { kind: 'session', issuer, sessionId: 's1' }],
    [{ tenant: true }, ['acme'], { kind: 'tenant', slug: 'acme' }],
    [{ key: true }, [issuer, 'k 1'], { kind: 'key', issuer, keyId: 'k 1' }],
  ] as const) {
    t.same(readRevokeRequest({ ...values, ...why }, names), {
      tokens,
      reason: 'Ticket 4711',
      forMs: 24 * hourMs,
    })
  }
})

t.test('how long a token lives is told in minutes, hours or days', async t => {
  for (const [text, forMs] of [
    ['90m', 1.5 * hourMs],
    ['1h', hourMs],
    ['90d', 90 * 24 * hourMs],
  ] as const)
    t.match(readRevokeRequest({ tenant: true, ...why, for: text }, ['acme']), { forMs })
  for (const text of ['', '0h', '24', 'h', '1.5h', '-1h', '91d', '1w', '24h ago', '99999d'])
    t.match(
      readRevokeRequest({ tenant: true, ...why, for: text }, ['acme']),
      { complaint: /^--for expects/ },
      text,
    )
})

t.test('what is missing, or does not go together, is said', async t => {
  const complaints: readonly (readonly [object, readonly string[], RegExp])[] = [
    [why, ['acme'], /^expected one of --principal, --session, --tenant, --key$/],
    [{ tenant: true, key: true, ...why }, ['acme'], /^expected one of/],
    [{ principal: true, ...why }, [issuer], /^--principal is followed by ISSUER SUBJECT$/],
    [{ tenant: true, ...why }, ['acme', 'x'], /^--tenant is followed by SLUG$/],
    [{ tenant: true, 'in-tenant': 'acme', ...why }, ['acme'], /^--in-tenant goes with --principal$/],
    [{ tenant: true }, ['acme'], /^--reason is needed/],
    [{ tenant: true, reason: '  ' }, ['acme'], /^--reason is needed/],
    [{ tenant: true, reason: 'x'.repeat(1001) }, ['acme'], /at most 1000/],
    [{ principal: true, ...why }, ['id.example', 'ada'], /^ISSUER is a URL/],
    [{ principal: true, ...why }, [issuer, 'a b'], /printable ASCII/],
    [{ session: true, ...why }, [issuer, 's'.repeat(256)], /1 to 255 characters/],
    [{ key: true, ...why }, [issuer, ''], /1 to 256 characters/],
  ]
  for (const [values, names, complaint] of complaints)
    t.match(readRevokeRequest(values as Parameters<typeof readRevokeRequest>[0], names), { complaint })
})
