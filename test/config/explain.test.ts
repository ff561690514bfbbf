import t from 'tap'
import { configText, mistakesOf } from '../support/config-text.ts'

const mistake = (section: string, text: string) => mistakesOf(configText({ [section]: text }))[0]

t.test('each sort of wrong value is told what was expected of it', async t => {
  t.match(mistake('bounds', 'bounds:\n  headerCount: "12"'), /headerCount: expected a number$/)
  t.match(mistake('bounds', 'bounds:\n  headerCount: 1.5'), /headerCount: expected a whole number$/)
  t.match(mistake('bounds', 'bounds:\n  headerCount: 0'), /expected a number of at least 1$/)
  t.match(mistake('bounds', 'bounds:\n  headerCount: 5000'), /expected a number of at most 2000$/)
  t.match(mistake('limits', 'limits:\n  localShare: 0'), /expected a number of more than 0$/)
  t.match(mistake('bounds', 'bounds: 3'), /bounds: expected a map of keys$/)
  t.match(mistake('metrics', 'metrics:\n  tenants: acme'), /tenants: expected a list$/)
  t.match(
    mistake('upstream', 'upstream:\n  url: http://127.0.0.1\n  allowPlaintext: 1'),
    /expected true or false$/,
  )
  t.match(mistake('log', 'log:\n  level: loud'), /expected one of debug, info, warn, error$/)
  t.match(mistake('service', 'service:\n  name: No'), /expected a name: a lower-case letter/)
})

t.test('an unknown key gets the nearest known one of its place, or their list', async t => {
  t.match(mistake('tenancy', 'tenancy:\n  tenantHeder: X'), /tenantHeder: .*did you mean tenantHeader\?$/)
  t.match(mistake('redis', 'redis:\n  url: redis://h\n  pasword: x'), /known here: url, usernameFile/)
  t.match(
    mistake('routes', 'routes:\n  - match: GET /a\n    permision: a:b'),
    /routes\[0\]\.permision: expected a known key; did you mean permission\?$/,
  )
  t.match(
    mistake(
      'issuers',
      'issuers:\n  - issuer: a\n    audiences: [b]\n    jwksUri: https://h\n    claims: { sub: x }',
    ),
    /known here: subject, tenant, session$/,
  )
})
