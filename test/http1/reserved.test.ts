import t from 'tap'
import { foldName } from '../../src/http1/field-name.ts'
import { createStripsField, isClaimingField } from '../../src/http1/reserved.ts'

const prepared = createStripsField({
  prefix: 'X-QLP-',
  names: ['X-Tenant-ID', 'Account'],
  passed: ['CF-Connecting-IP', 'X-HTTP-Method-Override', 'X-QLP-Plan', 'Account'],
})
const strips = (name: string) => prepared(foldName(name), name)

t.test('strips the reserved prefix and every alias in any spelling', async t => {
  for (const name of [
    'X-QLP-Tenant-Id',
    'x_qlp_roles',
    'X.QLP.new',
    'x-qlp-',
    'X--QLP__Roles',
    '_x-qlp-roles',
    'X_TENANT-id',
    'x~tenant~id',
    'x-tenant--id_',
    'ACCOUNT',
  ])
    t.equal(strips(name), true, name)
})

t.test('strips what ends here, and what receive sends in its own form', async t => {
  const names = [
    'Connection',
    'Keep_Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Proxy-Connection',
    'Proxy-Authorization',
    'HTTP2-Settings',
    'Host',
    'Content-Length',
    'Expect',
    'Authorization',
    'X-Request-ID',
    'traceparent',
  ]
  for (const name of names) t.equal(strips(name), true, name)
})

t.test('strips what a service may believe of a proxy', async t => {
  const names = [
    'Forwarded',
    'X-Forwarded-For',
    'X_Forwarded_Prefix',
    'X-Forwarded-Uri',
    'X-Real-IP',
    'True-Client-IP',
    'X-Original-URL',
    'X-Rewrite-Url',
    'X-HTTP-Method-Override',
    'X-Envoy-Original-Path',
    'Remote_User',
    'SSL-Client-Verify',
    'x-Scope-OrgID',
  ]
  for (const name of names) t.equal(strips(name), true, name)
})

t.test('leaves all else', async t => {
  for (const name of [
    'Accept',
    'Content-Type',
    'Cookie',
    'X-QL',
    'X-QLPX-A',
    'My-X-QLP-A',
    'X-Client-Version',
    'X-User-Agent',
    'X-Requested-With',
    'X-CSRF-Token',
    'Proxy-Ish',
    'tracestate',
    'te-x',
    'X-',
    'X',
    '-',
    '',
  ])
    t.equal(strips(name), false, name)
})

t.test('lets a claim through that an operator named, in that spelling, and nothing else', async t => {
  t.equal(strips('cf-connecting-ip'), false)
  for (const name of [
    'CF_Connecting_IP',
    'CF-Connecting-IPv6',
    'X-HTTP-Method-Override',
    'X-QLP-Plan',
    'account',
  ])
    t.equal(strips(name), true, name)
})

t.test('knows claims, which can be let through, from what never can', async t => {
  for (const name of ['CF-Connecting-IP', 'X_Auth_Request_User', 'x-tenant-name'])
    t.ok(isClaimingField(name), name)
  for (const name of ['X-Original-URL', 'X-Middleware-Subrequest', 'Authorization', 'Connection', 'Accept'])
    t.notOk(isClaimingField(name), name)
})
