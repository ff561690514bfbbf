import t from 'tap'
import { DenyList } from '../../src/token/deny-list.ts'

t.test('a key is withdrawn for its own issuer only', async t => {
  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  t.equal(denyList.isWithdrawn('https://one', 'k'), false)
  denyList.withdraw('https://one', 'k')
  denyList.withdraw('https://one', 'k2')
  t.equal(denyList.isWithdrawn('https://one', 'k'), true)
  t.equal(denyList.isWithdrawn('https://one', 'k2'), true)
  t.equal(denyList.isWithdrawn('https://one', 'K'), false)
  t.equal(denyList.isWithdrawn('https://two', 'k'), false)
})

t.test('issuer and key id cannot be shifted into one another', async t => {
  const denyList = new DenyList({ keysPerIssuerMax: 10 })
  denyList.withdraw('https://one', ' k')
  t.equal(denyList.isWithdrawn('https://one ', 'k'), false)
  t.equal(denyList.isWithdrawn('https://one', 'k'), false)
  denyList.withdraw('__proto__', 'constructor')
  t.equal(denyList.isWithdrawn('__proto__', 'constructor'), true)
  t.equal(denyList.isWithdrawn('constructor', '__proto__'), false)
})

t.test('past its bound every key of that issuer counts as withdrawn, and of no other', async t => {
  const denyList = new DenyList({ keysPerIssuerMax: 3 })
  for (const keyId of ['a', 'b', 'c']) denyList.withdraw('https://one', keyId)
  t.equal(denyList.isWithdrawn('https://one', 'other'), false)
  for (const keyId of ['d', 'e', 'f']) denyList.withdraw('https://one', keyId)
  for (const keyId of ['a', 'f', 'other']) t.equal(denyList.isWithdrawn('https://one', keyId), true)
  t.equal(denyList.isWithdrawn('https://two', 'a'), false)
})
