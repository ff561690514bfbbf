import type { ControlConfig, ProxyConfig } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatMistake } from '../../src/config/mistake.ts'

/** The least a sidecar needs, as one string for each section, so that a test can replace one. */
export const proxySections: Readonly<Record<string, string>> = {
  kind: 'kind: proxy',
  service: 'service:\n  name: notes',
  upstream: 'upstream:\n  url: http://127.0.0.1:8000',
  control: 'control:\n  url: http://127.0.0.1:8090\n  tokenFile: token',
  issuers:
    'issuers:\n  - issuer: https://id.example/\n    jwksUri: https://id.example/keys\n    audiences: [postern]',
  routes: 'routes:\n  - match: GET /notes\n    permission: notes:read\n    isolation: assertion',
}

export const controlSections: Readonly<Record<string, string>> = {
  kind: 'kind: control',
  postgres: 'postgres:\n  url: postgres://runtime@127.0.0.1/postern',
  services:
    'services:\n  issuers:\n    - issuer: https://cluster.example\n      jwksUri: https://cluster.example/keys\n' +
    '      audiences: [postern]\n  subjects: [notes]',
}

/** Joins the sections; those given replace or follow the least ones. */
export function configText(
  sections: Readonly<Record<string, string>>,
  least: Readonly<Record<string, string>> = proxySections,
): string {
  return `${Object.values({ ...least, ...sections }).join('\n')}\n`
}

export const secretFiles: Readonly<Record<string, string>> = {
  '/etc/postern/token': 'a-token-for-tests\n',
  '/etc/postern/password': 'a-password-for-tests\n',
}

export function load(
  text: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = secretFiles,
) {
  return loadConfig(text, '/etc/postern/config.yaml', env, path => {
    const content = files[path]
    if (content === undefined) throw new Error('no such file')
    return content
  })
}

/** Each mistake as its line and what follows, without the file's name. */
export function mistakesOf(
  text: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = secretFiles,
): string[] {
  const loaded = load(text, env, files)
  if (!('mistakes' in loaded)) return []
  return loaded.mistakes.map(mistake => formatMistake(mistake).replace('/etc/postern/config.yaml:', ''))
}

export function proxyConfig(text: string, env: Readonly<Record<string, string>> = {}): ProxyConfig {
  const loaded = load(text, env)
  if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'))
  return loaded.config as ProxyConfig
}

export function controlConfig(text: string): ControlConfig {
  const loaded = load(text)
  if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'))
  return loaded.config as ControlConfig
}
