import t from 'tap'
import { isLoopbackHost, isPrivateUrl } from '../../src/lib/loopback.ts'

t.test('only addresses and the one name that never leave the machine are loopback', async t => {
  for (const host of ['127.0.0.1', '127.255.0.9', '::1', '[::1]', 'localhost', 'LOCALHOST'])
    t.ok(isLoopbackHost(host), host)
  const others = [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '',
    '127.1',
    'a',
  ]
  for (const host of others) t.notOk(isLoopbackHost(host), host)
})

t.test('http is private only to loopback', async t => {
  t.ok(isPrivateUrl('https://example.org'))
  t.ok(isPrivateUrl('http://[::1]:80/'))
  t.notOk(isPrivateUrl('http://example.org'))
})
