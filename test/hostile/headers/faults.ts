import type { StrictRequest } from '../../support/strict-http.ts'
import { valuesOf } from '../../support/strict-http.ts'
import { ownNames } from './connection-lines.ts'
import type { Delivered } from './deliver.ts'
import { identityFaults } from './identity.ts'
import { spoofed } from './spellings.ts'

/** What is wrong with the outcome of one case: nothing where it was refused, or went on as what was proven. */
export function faultsOf({ tried, answer, request }: Delivered): string[] {
  const faults =
    request === null
      ? isRefusal(answer)
        ? []
        : [`it was answered ${answer.slice(0, 80)}`]
      : faultsIn(request)
  return faults.map(fault => `${tried.name}: ${fault}`)
}

function isRefusal(answer: string): boolean {
  return /^HTTP\/1\.1 4\d\d .*\r\nContent-Type: application\/problem\+json\r\n/s.test(answer)
}

function faultsIn(request: StrictRequest): string[] {
  return [
    ...identityFaults(request),
    ...request.fields
      // To CGI it would be HTTP_HTTP_…, which nobody reads.
      .filter(([name, value]) => value.includes(spoofed) && !name.startsWith('HTTP_'))
      .map(([name]) => `${name} got through`),
    ...ownNames
      .filter(name => valuesOf(request, name).length !== 1)
      .map(name => `${name} came ${valuesOf(request, name).length} times`),
  ]
}
