import type { Mutation } from '../mutation.ts'

const authorize = 'src/proxy/stages/05-authorize.ts'

/** In which tenant a request acts, and whose access it is judged by. */
export const tenancyMutations: readonly Mutation[] = [
  {
    threats: [71, 73],
    what: 'issuer and subject can be shifted into one another in what is remembered of access',
    file: 'src/access/directory.ts',
    find: 'function keyOf({ issuer, subject }: Principal, tenantRef: string): string {',
    replace: `function keyOf({ issuer, subject }: Principal, tenantRef: string): string {
  if (tenantRef !== '') return issuer + subject + tenantRef`,
    tests: ['test/advisories/71-colliding-keys.test.ts'],
  },
  {
    threats: [71],
    what: 'a document about another principal is believed',
    file: 'src/access/signed-document.ts',
    find: 'if (principal.issuer !== question.issuer || principal.subject !== question.subject) return false',
    replace: '',
    tests: ['test/access/signed-document.test.ts'],
  },
  {
    threats: [71],
    what: 'the signature of a document is not looked at',
    file: 'src/access/signed-document.ts',
    find: "if (!proven) return rejection('bad_signature')",
    replace: '',
    tests: ['test/access/signed-document.test.ts'],
  },
  {
    threats: [75],
    what: 'an outage is remembered as a no',
    file: 'src/access/document-loader.ts',
    find: 'throw asUnavailable(error)',
    replace: 'return null',
    tests: ['test/advisories/75-an-outage-is-cached-as-a-no.test.ts'],
  },
  {
    threats: [72],
    what: 'a permission that was found for one route serves for all',
    file: authorize,
    find: 'if (bit !== undefined && held !== null && hasPermission(held, bit)) return null',
    replace: 'if (bit !== undefined && held !== null) return null',
    tests: ['test/advisories/72-decisions-of-another-route.test.ts'],
  },
  {
    threats: [78],
    what: 'the path may name another tenant than the token',
    file: authorize,
    find: 'if (selected !== null && !namesTenant(selected, document.tenant))',
    replace: "if (selected !== null && selected === '')",
    tests: ['test/advisories/78-another-tenant-in-the-path.test.ts'],
  },
  {
    threats: [78],
    what: 'the tenant header may name another tenant than the token',
    file: authorize,
    find: 'if (tenantRef === null || namesTenant(tenantRef, document.tenant)) return null',
    replace: 'if (tenantRef !== "") return null',
    tests: ['test/advisories/78-another-tenant-in-the-path.test.ts'],
  },
  {
    threats: [78],
    what: 'places of a request may name different workspaces',
    file: authorize,
    find: 'if (!agreed)',
    replace: 'if (named < 0)',
    tests: ['test/proxy/stages/05-authorize.test.ts'],
  },
  {
    threats: [92],
    what: 'the name of a tenant that is none gets into the log',
    file: 'src/proxy/cross-tenant.ts',
    find: "isTenantReference(reference) ? reference : '(neither id nor slug)'",
    replace: 'reference',
    tests: ['test/proxy/stages/04-identify-tenant.test.ts'],
  },
]
