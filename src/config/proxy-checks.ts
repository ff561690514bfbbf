import { isClaimingField } from '../http1/reserved.ts'
import { isLoopbackHost, isPrivateUrl } from '../lib/loopback.ts'
import type { Draft, Notes } from './draft.ts'
import { checkIssuers } from './issuer-checks.ts'
import type { ProxySource } from './proxy-schema.ts'
import { checkRoutes } from './route-checks.ts'
import type { TenancySettings } from './tenancy-schema.ts'

/** What must hold between the parts of a sidecar's configuration. */
export function checkProxy(draft: Draft<ProxySource>, notes: Notes): void {
  if (draft.listen !== null) checkPorts(draft.listen, notes)
  if (draft.upstream !== null) checkUpstream(draft.upstream, notes)
  if (draft.control !== null) checkControlUrl(draft.control.url, notes)
  if (draft.issuers !== null) {
    checkIssuers(draft.issuers, ['issuers'], notes)
    checkDeniedKeys(draft, notes)
  }
  if (draft.tenancy !== null) checkTenancy(draft.tenancy, notes)
  for (const [stage, mode] of Object.entries(draft.modes ?? {})) {
    if (mode !== 'enforce') notes.warning(['modes', stage], `${stage} is not enforced on any route (${mode})`)
  }
  checkRoutes(draft, notes)
}

function checkPorts(listen: ProxySource['listen'], notes: Notes): void {
  if (!isLoopbackHost(listen.admin.host)) {
    notes.mistake(['listen', 'admin', 'host'], 'expected a loopback address, such as 127.0.0.1')
  }
  const seen = new Map<number, string>()
  for (const key of ['traffic', 'metrics', 'admin'] as const) {
    const { port } = listen[key]
    const twin = seen.get(port)
    if (port !== 0 && twin !== undefined) {
      notes.mistake(['listen', key, 'port'], `expected another port than that of listen.${twin}`)
    }
    seen.set(port, key)
  }
}

function checkControlUrl(url: string, notes: Notes): void {
  if (!isOrigin(url)) notes.mistake(['control', 'url'], 'expected no path and no query')
  if (!isPrivateUrl(url)) {
    notes.warning(['control', 'url'], 'the token for the control plane travels in plain text')
  }
}

function isOrigin(text: string): boolean {
  const url = new URL(text)
  return url.pathname === '/' && url.search === ''
}

function checkUpstream(upstream: ProxySource['upstream'], notes: Notes): void {
  if (!isOrigin(upstream.url)) {
    notes.mistake(
      ['upstream', 'url'],
      'expected no path and no query: the path of a request is sent as it came',
    )
  }
  if (isPrivateUrl(upstream.url)) return
  if (!upstream.allowPlaintext) {
    notes.mistake(
      ['upstream', 'url'],
      'expected https, or allowPlaintext: true; plain http is for loopback only',
    )
  } else notes.warning(['upstream', 'url'], 'requests to the service travel in plain text')
}

function checkDeniedKeys(draft: Draft<ProxySource>, notes: Notes): void {
  if (draft.issuers!.includes(null)) return
  const known = new Set(draft.issuers!.map(issuer => issuer!.issuer))
  draft.deniedKeys?.forEach((denied, index) => {
    if (denied !== null && !known.has(denied.issuer)) {
      notes.mistake(['deniedKeys', index, 'issuer'], 'expected one of the issuers')
    }
  })
}

/** Fields whose meaning is taken: framing, hop-by-hop, credentials, what describes the body. */
const taken = new Set(
  `host connection keep-alive proxy-connection proxy-authenticate proxy-authorization transfer-encoding te trailer upgrade
  content-length content-type content-encoding content-range expect authorization cookie set-cookie date via forwarded
  x-forwarded-for x-forwarded-host x-forwarded-proto traceparent tracestate`.split(/\s+/),
)

function checkTenancy(tenancy: TenancySettings, notes: Notes): void {
  const prefix = tenancy.reservedPrefix.toLowerCase()
  const seen = new Set<string>()
  const check = (header: string, path: (string | number)[]) => {
    if (taken.has(header.toLowerCase()))
      notes.mistake(path, 'expected a header that has no other meaning in HTTP')
    if (header.toLowerCase().startsWith(prefix))
      notes.mistake(path, 'expected a name outside tenancy.reservedPrefix')
  }
  for (const [field, headers] of Object.entries(tenancy.aliases)) {
    headers.forEach((header, index) => {
      const path = ['tenancy', 'aliases', field, index]
      check(header, path)
      if (seen.has(header.toLowerCase())) notes.mistake(path, 'expected each alias once')
      seen.add(header.toLowerCase())
    })
  }
  tenancy.passFields.forEach((header, index) => {
    const path = ['tenancy', 'passFields', index]
    check(header, path)
    if (!isClaimingField(header))
      notes.mistake(path, 'expected a header that would not go through (docs/fields.md)')
    else if (seen.has(header.toLowerCase())) notes.mistake(path, 'expected a header that is no alias')
  })
  const { tenantHeader, workspaceHeader, accessVersionHeader } = tenancy
  if (tenantHeader !== null) check(tenantHeader, ['tenancy', 'tenantHeader'])
  if (workspaceHeader !== null) check(workspaceHeader, ['tenancy', 'workspaceHeader'])
  if (tenantHeader !== null && tenantHeader.toLowerCase() === workspaceHeader?.toLowerCase()) {
    notes.mistake(['tenancy', 'workspaceHeader'], 'expected another header than tenantHeader')
  }
  if (accessVersionHeader === null) return
  check(accessVersionHeader, ['tenancy', 'accessVersionHeader'])
  const others = [tenantHeader, workspaceHeader].map(header => header?.toLowerCase())
  if (others.includes(accessVersionHeader.toLowerCase())) {
    notes.mistake(['tenancy', 'accessVersionHeader'], 'expected another header than those of the selectors')
  }
}
