import t from 'tap'
import { controlSettings, withPassword } from '../../src/config/control-settings.ts'
import { configText, controlConfig, controlSections } from '../support/config-text.ts'

t.test('the control plane gets its settings in its own units', async t => {
  const settings = controlSettings(
    controlConfig(
      configText(
        {
          postgres:
            'postgres:\n  url: postgres://runtime@127.0.0.1/postern\n  passwordFile: password\n  waiting: 3',
          documents: 'documents:\n  ttlSeconds: 60',
          relay: 'relay: { batch: 7, publishTimeoutMs: 300, retryMsMax: 90 }',
        },
        controlSections,
      ),
    ),
  )
  t.equal(settings.postgres.url, 'postgres://runtime:a-password-for-tests@127.0.0.1/postern')
  t.equal(settings.postgres.waitingMax, 3)
  t.equal(settings.documents.ttlMs, 60_000)
  t.same(settings.relay, {
    idleMs: 50,
    batchMax: 7,
    publishMs: 300,
    retry: { delayMsMin: 50, delayMsMax: 90 },
  })
  t.same(settings.subjects, ['notes'])
  t.equal(settings.issuers[0]!.issuer, 'https://cluster.example')
})

t.test('a password is written into a URL so that it is read back as it was', async t => {
  const url = new URL(withPassword('postgres://u@h/d', 'a/b@c:d%20é'))
  t.equal(decodeURIComponent(url.password), 'a/b@c:d%20é')
  t.equal(url.host, 'h')
  t.equal(withPassword('postgres://u:p@h/d', null), 'postgres://u:p@h/d')
})
