import t from 'tap'
import { issuersOf, keySourceOptions } from '../../src/config/issuers.ts'
import { configText, proxyConfig } from '../support/config-text.ts'

t.test('an issuer is digested into milliseconds and lower-case types', async t => {
  const config = proxyConfig(
    configText({
      issuers:
        'issuers:\n  - issuer: https://i/\n    discoveryUri: https://i/d\n    audiences: [a, b]\n    types: [AT+JWT]\n' +
        '    policies: [B2C_1]\n    clockSkewSeconds: 5\n    lifetimeSecondsMax: 60\n    claims: { tenant: tid }',
    }),
  )
  t.same(issuersOf(config.issuers), [
    {
      issuer: 'https://i/',
      jwksUri: null,
      discoveryUri: 'https://i/d',
      audiences: ['a', 'b'],
      algorithms: ['RS256'],
      types: ['at+jwt'],
      policies: ['B2C_1'],
      clockSkewMs: 5000,
      lifetimeMsMax: 60_000,
      subjectClaim: 'sub',
      tenantClaim: 'tid',
      sessionClaim: 'sid',
    },
  ])
})

t.test('every bound of a key source comes from the configuration', async t => {
  const options = keySourceOptions(
    proxyConfig(configText({ keys: 'keys:\n  misses: 7'.replace('misses', 'unknownKeyIds') })).keys,
  )
  t.equal(options.missesMax, 7)
  t.ok(Object.values(options).every(value => Number.isSafeInteger(value) && value > 0))
})
