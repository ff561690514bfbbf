import t from 'tap'
import { foldName } from '../../src/http1/field-name.ts'
import { createStripsField } from '../../src/http1/reserved.ts'

const strips = createStripsField({ prefix: 'X-QLP-', names: ['X-Tenant-ID', 'Tenant'] })

t.test('strips the reserved prefix and every alias in any spelling', async t => {
  for (const name of [
    'X-QLP-Tenant-Id',
    'x_qlp_roles',
    'X.QLP.new',
    'x-qlp-',
    'X_TENANT-id',
    'x~tenant~id',
    'TENANT',
  ])
    t.equal(strips(foldName(name)), true, name)
})

t.test('strips what ends here, what claims an origin, and what replaces method or path', async t => {
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
    'X-Request-ID',
    'traceparent',
  ]
  for (const name of names) t.equal(strips(foldName(name)), true, name)
})

t.test('leaves all else', async t => {
  for (const name of [
    'Accept',
    'Content-Type',
    'Cookie',
    'X-QL',
    'X-QLPX-A',
    'My-X-QLP-A',
    'X-Tenant',
    'tracestate',
    'X',
    '',
  ])
    t.equal(strips(foldName(name)), false, name)
})
