import t from 'tap'
import { redisOptions } from '../../src/config/redis-options.ts'
import { configText, proxyConfig } from '../support/config-text.ts'

t.test('one failure leaves Redis alone for half a second, unless the file says otherwise', async t => {
  const options = (more: string) =>
    redisOptions(proxyConfig(configText({ redis: `redis:\n  url: redis://127.0.0.1:1${more}` })).redis!)
  t.strictSame(options('').breaker, { failuresToOpen: 1, openMs: 500 })
  t.equal(options('').commandTimeoutMs, 20)
  t.strictSame(options('\n  failuresToOpen: 3\n  openMs: 9\n  reconnectMsMin: 7').breaker, {
    failuresToOpen: 3,
    openMs: 9,
  })
  t.equal(options('\n  reconnectMsMin: 7').reconnect.delayMsMin, 7)
})
