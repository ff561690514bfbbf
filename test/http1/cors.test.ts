import t from 'tap'
import { createCors, grantsOrigins, preflightMethod, varyByOrigin } from '../../src/http1/cors.ts'
import { corsPolicy, noCors, someCors } from '../support/cors.ts'

t.test('lets pages of a configured origin read answers, and no others', async t => {
  t.same(someCors.answerFields('https://app.example'), [
    'Access-Control-Allow-Origin',
    'https://app.example',
    'Access-Control-Expose-Headers',
    'X-Request-ID',
  ])
  const others = ['null', '*', '', 'https://app.example.evil', 'https://app.example/', 'HTTPS://APP.EXAMPLE']
  for (const origin of [
    ...others,
    'https://app.example:443',
    'http://app.example',
    'https://app.example,https://evil',
  ])
    t.same(someCors.answerFields(origin), [], origin)
  t.same(someCors.answerFields(null), [])
})

t.test(
  'answers a preflight of a configured origin with lists of its own, never with what was asked',
  async t => {
    t.same(someCors.preflightFields('http://localhost:3000', 'POST'), [
      'Access-Control-Allow-Origin',
      'http://localhost:3000',
      'Access-Control-Max-Age',
      '600',
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type',
      'Access-Control-Allow-Methods',
      'POST',
    ])
    t.equal(someCors.preflightFields('https://evil.example', 'POST'), null)
  },
)

t.test('lets cookies along only where that is configured', async t => {
  const cors = createCors({ ...corsPolicy, credentials: true })
  t.ok(cors.answerFields('https://app.example').includes('Access-Control-Allow-Credentials'))
  t.ok(cors.preflightFields('https://app.example', 'GET')!.includes('Access-Control-Allow-Credentials'))
  t.notOk(someCors.answerFields('https://app.example').includes('Access-Control-Allow-Credentials'))
})

t.test('depends on Origin only where origins are configured', async t => {
  t.equal(someCors.varies, true)
  t.equal(noCors.varies, false)
  t.same(noCors.answerFields('https://app.example'), [])
})

t.test('knows a preflight by its method, its Origin and the method it asks about', async t => {
  const headers = ['access-control-request-method', 'PUT']
  t.equal(preflightMethod('OPTIONS', 'https://app.example', headers), 'PUT')
  t.equal(preflightMethod('OPTIONS', null, headers), null)
  t.equal(preflightMethod('OPTIONS', 'https://app.example', []), null)
  t.equal(preflightMethod('GET', 'https://app.example', headers), null)
})

t.test('takes from an answer whatever grants origins something', async t => {
  for (const name of ['access-control-allow-origin', 'access-control-anything', 'timing-allow-origin'])
    t.ok(grantsOrigins(name), name)
  for (const name of ['vary', 'origin', 'access-controls', 'cross-origin-resource-policy'])
    t.notOk(grantsOrigins(name))
})

t.test('adds Origin to Vary once', async t => {
  const varied = (...headers: string[]) => {
    varyByOrigin(headers)
    return headers
  }
  t.same(varied('A', '1'), ['A', '1', 'Vary', 'Origin'])
  t.same(varied('vary', 'Accept-Encoding'), ['vary', 'Accept-Encoding, Origin'])
  t.same(varied('Vary', ''), ['Vary', 'Origin'])
  for (const value of ['*', 'Accept, origin', 'Origin,Accept']) t.same(varied('Vary', value), ['Vary', value])
  t.same(varied('Vary', 'Origin-Like'), ['Vary', 'Origin-Like, Origin'])
})
