import { tenants, userIdOf } from '../../support/sidecar.ts'
import type { StrictRequest } from '../../support/strict-http.ts'
import { folds } from './folds.ts'

/** Names that tell the service who asks; each must come once, from us. */
export const identityNames = [
  'X-QLP-Tenant-Id',
  'X-QLP-User-Id',
  'X-QLP-Roles',
  'X-QLP-Plan',
  'X-QLP-Workspace-Id',
  'X-QLP-Assertion',
  'X-Tenant-ID',
  'X-User-ID',
] as const

const told: Readonly<Record<(typeof identityNames)[number], string | null>> = {
  'X-QLP-Tenant-Id': tenants.acme.id,
  'X-QLP-User-Id': userIdOf('acme', 'member'),
  'X-QLP-Roles': 'member',
  'X-QLP-Plan': 'pro',
  'X-QLP-Workspace-Id': null,
  'X-QLP-Assertion': 'its payload says the same',
  'X-Tenant-ID': tenants.acme.id,
  'X-User-ID': userIdOf('acme', 'member'),
}

/** What some server, by its way to read names, would take for anything but what was proven of a member of acme. */
export function identityFaults(request: StrictRequest): string[] {
  return folds.flatMap(({ server, fold }) => {
    const read = new Map<string, string[]>()
    for (const [name, value] of request.fields) {
      const key = fold(name)
      read.set(key, [...(read.get(key) ?? []), shownOf(key, value)])
    }
    const known = new Set(identityNames.map(fold))
    const prefix = fold('X-QLP-A').slice(0, -1)
    return [
      ...identityNames
        .filter(name => (read.get(fold(name)) ?? []).join(' | ') !== (told[name] ?? ''))
        .map(name => `${server}: ${name} is ${read.get(fold(name))}`),
      ...[...read.keys()]
        .filter(key => key.startsWith(prefix) && !known.has(key))
        .map(key => `${server}: there is ${key}`),
    ]
  })
}

/** An assertion is a new one each time; what it says is not. */
function shownOf(key: string, value: string): string {
  if (!/assertion$/i.test(key) || !value.startsWith('ey')) return value
  const payload = value.split('.')[1] ?? ''
  const { sub, tenant_id, roles, plan } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const same =
    sub === told['X-QLP-User-Id'] &&
    tenant_id === told['X-QLP-Tenant-Id'] &&
    `${roles}${plan}` === 'memberpro'
  return same ? told['X-QLP-Assertion']! : value
}
