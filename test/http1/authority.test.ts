import t from 'tap'
import { isAuthority } from '../../src/http1/authority.ts'

t.test('takes names and addresses, with and without a port', async t => {
  for (const host of [
    'a',
    'a.example',
    'a_b-c~d',
    '127.0.0.1',
    'a:1',
    'a:65535',
    '[::1]',
    '[::1]:80',
    '[::ffff:1.2.3.4]',
  ])
    t.ok(isAuthority(host), host)
})

t.test('takes nothing that names two hosts, or none', async t => {
  const wrong = [
    '',
    ' ',
    'a b',
    'a,b',
    'a/b',
    'a?b',
    'a#b',
    'u@a',
    'a:',
    ':80',
    'a:b',
    'a:1:2',
    'a:65536',
    'a:000001',
    'a:+1',
    '[',
    '[]',
    '[::1',
    '::1',
    '[::g]',
    '[:1]',
    '[....]',
    '[1:2:3:4:5:6:7:8:9]',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '[::1]x',
    '[::1]:',
    'a[::1]',
    'a%20b',
    'é',
    'a\\b',
    'a;b',
    'a\tb',
  ]
  for (const host of wrong) t.notOk(isAuthority(host), host)
})
