import type { Test } from 'tap'
import t from 'tap'
import { configText, load, mistakesOf } from '../support/config-text.ts'

/** The only mistake of a configuration with these sections, without its place. */
function only(t: Test, sections: Readonly<Record<string, string>>): string {
  const mistakes = mistakesOf(configText(sections))
  t.equal(mistakes.length, 1, mistakes.join('\n'))
  return mistakes[0]?.replace(/^\d+:\d+ /, '') ?? ''
}

t.test('the admin port is bound to loopback only', async t => {
  for (const host of ['0.0.0.0', '10.0.0.1', '"::"', 'example.org', '127.0.0.1.example.org']) {
    t.match(
      only(t, { listen: `listen:\n  admin:\n    host: ${host}` }),
      /^listen\.admin\.host: expected a loopback/,
    )
  }
  for (const host of ['127.0.0.1', '127.8.8.8', '"::1"', 'localhost']) {
    t.same(mistakesOf(configText({ listen: `listen:\n  admin:\n    host: ${host}` })), [])
  }
})

t.test('ports are distinct, except those that take any free one', async t => {
  const listen = (port: number) => `listen:\n  traffic: { port: ${port} }\n  metrics: { port: ${port} }`
  t.equal(
    only(t, { listen: listen(9000) }),
    'listen.metrics.port: expected another port than that of listen.traffic',
  )
  t.same(mistakesOf(configText({ listen: listen(0) })), [])
})

t.test('an upstream has no path, and plain http only where it was said', async t => {
  const upstream = (url: string, more = '') => ({ upstream: `upstream:\n  url: ${url}${more}` })
  t.match(only(t, upstream('http://127.0.0.1/api')), /^upstream\.url: expected no path/)
  t.match(only(t, upstream('http://10.0.0.1')), /^upstream\.url: expected https, or allowPlaintext/)
  t.match(
    only(t, upstream('http://user:pass@127.0.0.1')),
    /^upstream\.url: expected an http or https URL without/,
  )
  t.same(mistakesOf(configText(upstream('https://10.0.0.1'))), [])
  const loaded = load(configText(upstream('http://10.0.0.1', '\n  allowPlaintext: true')))
  t.match(loaded, { warnings: [{ path: 'upstream.url' }] })
})

t.test('an alias is a header with no other meaning, outside the reserved prefix, named once', async t => {
  const alias = (name: string) => ({ tenancy: `tenancy:\n  aliases:\n    userId: [${name}]` })
  for (const name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Authorization',
    'cookie',
  ]) {
    t.match(
      only(t, alias(name)),
      /^tenancy\.aliases\.userId\[0\]: expected a header that has no other meaning/,
    )
  }
  t.match(only(t, alias('x-qlp-user')), /expected a name outside tenancy\.reservedPrefix$/)
  t.match(only(t, alias('X-TENANT-id')), /expected each alias once$/)
  t.match(only(t, alias('"X User"')), /expected an HTTP header name/)
  t.match(
    only(t, { tenancy: 'tenancy:\n  reservedPrefix: XQLP' }),
    /expected a header prefix that ends in a hyphen/,
  )
})

t.test('a claim that passes is one, and nothing that Postern sets itself', async t => {
  const passing = (name: string) => ({ tenancy: `tenancy:\n  passFields: [${name}]` })
  t.same(mistakesOf(configText(passing('CF-IPCountry, X-Amzn-Oidc-Data'))), [])
  for (const name of ['Accept', 'X-HTTP-Method-Override', 'X-Original-URL'])
    t.match(only(t, passing(name)), /^tenancy\.passFields\[0\]: expected a header that would not go through/)
  t.match(only(t, passing('X-User-ID')), /expected a header that is no alias$/)
  t.match(only(t, passing('X-Forwarded-For')), /expected a header that has no other meaning/)
})

t.test('the two selector headers are two, and mean nothing else', async t => {
  const headers = (tenant: string, workspace: string) => ({
    tenancy: `tenancy:\n  tenantHeader: ${tenant}\n  workspaceHeader: ${workspace}`,
  })
  t.match(only(t, headers('X-A', 'x-a')), /^tenancy\.workspaceHeader: expected another header/)
  t.match(
    only(t, headers('Host', 'X-A')),
    /^tenancy\.tenantHeader: expected a header that has no other meaning/,
  )
})

t.test('a denied key belongs to a known issuer', async t => {
  const denied = (issuer: string) => ({ deniedKeys: `deniedKeys:\n  - issuer: ${issuer}\n    keyId: k` })
  t.equal(only(t, denied('https://other/')), 'deniedKeys[0].issuer: expected one of the issuers')
  t.same(mistakesOf(configText(denied('https://id.example/'))), [])
})

t.test('a control plane is named by its origin', async t => {
  const control = 'control:\n  url: https://control/api\n  tokenFile: token'
  t.equal(only(t, { control }), 'control.url: expected no path and no query')
})

t.test('a control plane that is reached in plain text is warned of', async t => {
  const loaded = load(configText({ control: 'control:\n  url: http://control.qlp:8090\n  tokenFile: token' }))
  t.match(loaded, { warnings: [{ path: 'control.url', line: 7 }] })
})
