import t from 'tap'
import { configText, controlSections, mistakesOf } from '../support/config-text.ts'

const issuer = (lines: string) => ({
  issuers: `issuers:\n  - audiences: [a]\n    ${lines.replaceAll('\n', '\n    ')}`,
})

t.test('an issuer has exactly one place for its keys', async t => {
  const expected = /issuers\[0\]: expected exactly one of jwksUri and discoveryUri$/
  t.match(mistakesOf(configText(issuer('issuer: https://i'))), [expected])
  t.match(mistakesOf(configText(issuer('issuer: https://i\njwksUri: https://i\ndiscoveryUri: https://i'))), [
    expected,
  ])
  t.same(mistakesOf(configText(issuer('issuer: https://i\ndiscoveryUri: https://i'))), [])
})

t.test('keys and issuers in plain text are for loopback only', async t => {
  t.match(mistakesOf(configText(issuer('issuer: https://i\njwksUri: http://i/keys'))), [
    /jwksUri: expected https/,
  ])
  t.match(mistakesOf(configText(issuer('issuer: http://i\njwksUri: https://i'))), [/issuer: expected https/])
  t.same(mistakesOf(configText(issuer('issuer: http://127.0.0.1:1/\njwksUri: http://localhost:1/keys'))), [])
})

t.test('an algorithm that needs a shared secret, or none, does not exist', async t => {
  for (const algorithm of ['HS256', 'none', 'rs256']) {
    const mistakes = mistakesOf(
      configText(issuer(`issuer: a\njwksUri: https://i\nalgorithms: [${algorithm}]`)),
    )
    t.match(mistakes, [/algorithms\[0\]: expected one of RS256, /])
  }
})

t.test('each issuer comes once, in a sidecar and in a control plane', async t => {
  const twice = '  - issuer: https://i\n    jwksUri: https://i\n    audiences: [a]\n'.repeat(2)
  t.match(mistakesOf(configText({ issuers: `issuers:\n${twice}` })), [
    /issuers\[1\]\.issuer: expected each issuer once$/,
  ])
  const services = `services:\n  subjects: [a]\n  issuers:\n${twice.replaceAll(/^/gm, '  ').trimEnd()}`
  t.match(mistakesOf(configText({ services }, controlSections)), [
    /services\.issuers\[1\]\.issuer: expected each/,
  ])
})
