/** What generated names are made of; their order is part of what a seed means. */
export const words = {
  first: split(
    'amber azure bright cedar clear copper coral crimson deep early eastern ember fair golden granite green hidden high indigo iron ivory lunar maple misty noble northern open pacific quiet rapid red royal silver solar southern steady stone swift true upper vivid western white wild winter young',
  ),
  second: split(
    'anchor arbor arrow beacon birch bridge brook canyon castle cliff compass creek crest delta falcon field forge garden glacier harbor haven heron hill horizon island lantern meadow mill moon mountain oak orchard otter peak pine prairie quarry reef ridge river rock shore spring summit thunder tower valley wave willow wolf',
  ),
  business: split(
    'analytics biotech capital clinic cloud energy foods freight games health insurance labs legal logistics media mobility motors partners retail robotics schools security software studios systems travel works',
  ),
  form: split('AG BV GmbH Inc Limited LLC Ltd Oy SA SAS'),
  given: split(
    'Ada Ahmed Aiko Alan Amara Ana Anders Anil Astrid Ben Bilal Carla Chen Chloe Dana David Diego Elena Emeka Emil Eva Fatima Felix Grace Hana Hugo Ines Ingrid Ivan Jana Jonas Julia Kai Karim Lena Leo Lin Lucia Maja Marco Maria Mei Mila Milan Nadia Nils Noor Olga Omar Paul Petra Priya Rafael Rosa Sam Sara Sven Tariq Tess Uma Viktor Wei Yara Yusuf Zoe',
  ),
  family: split(
    'Adeyemi Alvarez Andersen Bauer Becker Bianchi Brown Chen Costa Dubois Eriksson Fischer Garcia Gupta Haddad Hansen Ibrahim Ito Jansen Johnson Kaya Keller Khan Kim Klein Kowalski Kumar Larsen Lee Lopez Martin Meyer Moreau Nguyen Nowak Okafor Olsen Patel Peeters Petrov Popescu Rossi Sato Schmidt Silva Singh Smith Suzuki Tanaka Virtanen Wagner Wang Weber Wilson Yilmaz Zhang',
  ),
  workspace: split(
    'platform research product design marketing sales finance operations support data security mobile growth people legal infrastructure analytics payments search quality onboarding partners labs sandbox',
  ),
  project: split(
    'billing-export catalogue-import chat-assistant claims-triage code-review contract-review customer-portal data-cleanup demand-forecast document-search email-drafts fraud-check invoice-reader knowledge-base lead-scoring meeting-notes pricing-model release-notes report-builder site-redesign spec-writer survey-analysis test-generation ticket-router translation-memory usage-dashboard',
  ),
  customRole: split(
    'analyst auditor billing-manager contractor data-steward release-manager reviewer support-agent',
  ),
} as const

/** Permissions of the platform's services, and which built-in roles have them. */
export const permissions: readonly { readonly name: string; readonly roles: readonly string[] }[] = [
  ...of(
    ['owner', 'admin', 'member', 'guest'],
    'agents:read executions:read generations:read memory:read validations:read',
  ),
  ...of(
    ['owner', 'admin', 'member'],
    'agents:run executions:create generations:create memory:write sandboxes:run validations:run',
  ),
  ...of(['owner', 'admin'], 'agents:write members:invite workspaces:create'),
  ...of(['owner'], 'billing:write tenants:write'),
]

export const services = ['agent-factory', 'memory', 'orchestrator', 'sandbox', 'validation'] as const

function split(text: string): readonly string[] {
  return text.split(' ')
}

function of(roles: readonly string[], names: string) {
  return split(names).map(name => ({ name, roles }))
}
