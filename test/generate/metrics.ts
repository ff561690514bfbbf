import { Registry } from 'prom-client'
import { createMetrics } from '../../src/telemetry/metrics.ts'

type Described = { readonly name: string; readonly help: string; readonly labelNames: readonly string[] }

/** docs/metrics.md: every series of a sidecar, from the registry that serves them. */
export function metricReference(): string {
  const registry = new Registry()
  createMetrics(registry, { tenants: [], node: false })
  const series = registry.getMetricsAsArray() as unknown as readonly Described[]
  const sorted = series.toSorted((one, other) => one.name.localeCompare(other.name))
  return [
    '# Metrics',
    '',
    '<!-- Generated from src/telemetry by `node test/generate.ts`. -->',
    '',
    'The sidecar serves these at `/metrics` on its metrics port, beside those of Node itself (`process_*`, `nodejs_*`, among',
    'them the delay of the event loop). No label takes a value that a client chose: routes are templates of the configuration,',
    'methods and codes come from tables, tenants are those of `metrics.tenants` and otherwise `other`.',
    '',
    '| name | labels | meaning |',
    '|---|---|---|',
    ...sorted.map(({ name, labelNames, help }) => {
      const labels = labelNames.map(label => `\`${label}\``).join(', ')
      return `| \`${name}\` | ${labels} | ${help} |`
    }),
    '',
  ].join('\n')
}
