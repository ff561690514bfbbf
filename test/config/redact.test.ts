import t from 'tap'
import { redactedConfig } from '../../src/config/redact.ts'
import { configText, controlConfig, controlSections, proxyConfig } from '../support/config-text.ts'

t.test('a sidecar’s configuration is shown without its token and the credentials in URLs', async t => {
  const config = proxyConfig(
    configText({
      redis: 'redis:\n  url: rediss://user:in-url@h:6379/1?x=in-query\n  passwordFile: password',
    }),
  )
  const shown = JSON.stringify(redactedConfig(config))
  for (const secret of ['a-token-for-tests', 'a-password-for-tests', 'in-url', 'in-query'])
    t.notOk(shown.includes(secret))
  t.match(redactedConfig(config), {
    service: { name: 'notes' },
    control: { token: '(secret)', tokenFile: '/etc/postern/token' },
    redis: { url: 'rediss://h:6379/1', password: '(secret)', username: null },
  })
})

t.test('a control plane’s configuration is shown without passwords and key', async t => {
  const postgres = 'postgres:\n  url: postgres://runtime:in-url@127.0.0.1/postern\n  passwordFile: password'
  const documents = 'documents:\n  signingKeyFile: token'
  const config = controlConfig(configText({ postgres, documents }, controlSections))
  const shown = JSON.stringify(redactedConfig(config))
  for (const secret of ['a-token-for-tests', 'a-password-for-tests', 'in-url'])
    t.notOk(shown.includes(secret))
})
