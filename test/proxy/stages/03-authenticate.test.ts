import t from 'tap'
import { Fault } from '../../../src/lib/fault.ts'
import { refused } from '../../../src/lib/refused.ts'
import type { AddressLimit } from '../../../src/proxy/address-limit.ts'
import { unlimitedAddresses } from '../../../src/proxy/address-limit.ts'
import type { Exchange } from '../../../src/proxy/exchange.ts'
import { refusalOf } from '../../../src/proxy/refusal.ts'
import { createAuthenticate } from '../../../src/proxy/stages/03-authenticate.ts'
import type { Denial } from '../../../src/proxy/verdict.ts'
import { deny } from '../../../src/proxy/verdict.ts'
import type { Claims, TokenRefusalCode } from '../../../src/token/claims.ts'
import type { TokenVerifier } from '../../../src/token/verified-tokens.ts'

const claims: Claims = {
  issuer: 'https://id.example/',
  subject: 'user-1',
  tenantRef: 'acme',
  sessionId: null,
  keyId: 'k',
  issuedAtMs: 0,
  expiresAtMs: 1,
  digest: 'd',
}

function setUp(
  verify: TokenVerifier['verify'],
  recall: TokenVerifier['recall'] = () => null,
  addresses: AddressLimit = unlimitedAddresses,
) {
  return createAuthenticate({ verifier: { recall, verify }, addresses })
}

function exchangeWith(token: string | null): Exchange {
  return { request: { token }, claims: null } as unknown as Exchange
}

t.test('a token that is known becomes claims at once', async t => {
  const never = () => t.fail('nothing is verified, and nobody charged') as never
  const stage = setUp(
    never,
    token => {
      t.equal(token, 'a.b.c')
      return claims
    },
    { take: never, giveBack: never },
  )
  const exchange = exchangeWith('a.b.c')
  t.equal(stage(exchange), null)
  t.equal(exchange.claims, claims)
})

t.test('a token that must be verified becomes claims later', async t => {
  const stage = setUp(async () => claims)
  const exchange = exchangeWith('a.b.c')
  const verdict = stage(exchange)
  t.ok(verdict instanceof Promise)
  t.equal(await verdict, null)
  t.equal(exchange.claims, claims)
})

t.test('a remembered token that is good no longer is refused at nobody’s expense', async t => {
  const never = () => t.fail('nothing is verified, and nobody charged') as never
  const stage = setUp(never, () => refused('TOKEN_REVOKED', 'revoked'), { take: never, giveBack: never })
  t.match(stage(exchangeWith('a.b.c')), { refusal: { code: 'TOKEN_REVOKED' } })
})

t.test('an address pays before its token is verified, and has it back where the token is good', async t => {
  for (const [result, paid] of [
    [claims, 0],
    [refused('TOKEN_SIGNATURE_INVALID', 'forged'), 1],
  ] as const) {
    for (const verify of [() => result, async () => result]) {
      let taken = 0
      const stage = setUp(
        () => {
          t.equal(taken, 1, 'it has paid by now')
          return verify()
        },
        undefined,
        {
          take: () => {
            taken += 1
            return null
          },
          giveBack: () => {
            taken -= 1
          },
        },
      )
      await stage(exchangeWith('a.b.c'))
      t.equal(taken, paid)
    }
  }
})

t.test('nothing is verified for an address that has nothing left', async t => {
  const denial = deny('ADDRESS_LIMITED', 'used up')
  const never = () => t.fail('nothing is verified or given back') as never
  const stage = setUp(never, undefined, { take: () => denial, giveBack: never })
  t.equal(stage(exchangeWith('a.b.c')), denial)
})

t.test('a request without token is refused', async t => {
  const stage = setUp(() => t.fail('there is nothing to verify') as never)
  const exchange = exchangeWith(null)
  const denial = stage(exchange) as Denial
  t.equal(denial.refusal.code, 'TOKEN_MISSING')
  t.equal(denial.refusal.status, 401)
  t.equal(exchange.claims, null)
})

t.test('an empty token is not a missing one', async t => {
  const stage = setUp(() => refused('TOKEN_MALFORMED', 'empty'))
  t.match(stage(exchangeWith('')), { refusal: { code: 'TOKEN_MALFORMED' } })
})

const codes: readonly TokenRefusalCode[] = [
  'TOKEN_MALFORMED',
  'TOKEN_TOO_LARGE',
  'TOKEN_ISSUER_UNKNOWN',
  'TOKEN_ALGORITHM_REFUSED',
  'TOKEN_KEY_UNKNOWN',
  'TOKEN_KEY_WITHDRAWN',
  'TOKEN_SIGNATURE_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_NOT_YET_VALID',
  'TOKEN_AUDIENCE_WRONG',
  'TOKEN_CLAIMS_INVALID',
]
for (const code of codes) {
  t.test(`${code} is refused, at once or later`, async t => {
    const result = refused(code, 'for the log only')
    for (const verify of [() => result, async () => result]) {
      const stage = setUp(verify)
      const exchange = exchangeWith('a.b.c')
      const denial = (await stage(exchange)) as Denial
      t.match(denial, { refusal: { code, status: 401 }, detail: 'for the log only', mode: 'enforce' })
      const title = refusalOf(code).title
      t.notMatch(title, /["\\]/)
      t.equal(exchange.claims, null)
    }
  })
}

t.test('keys that cannot be had are a fault', async t => {
  const stage = setUp(async () => {
    throw new Fault('KEYS_UNAVAILABLE', 'look up the key of a token')
  })
  const exchange = exchangeWith('a.b.c')
  await t.rejects(async () => stage(exchange), { code: 'KEYS_UNAVAILABLE' })
  t.equal(exchange.claims, null)
})
