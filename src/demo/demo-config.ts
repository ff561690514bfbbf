import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config, ControlConfig, ProxyConfig } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatMistake } from '../config/mistake.ts'

type Variables = Readonly<Record<string, string>>

const directory = join(import.meta.dirname, '..', '..', 'config')

/** The demo's two configuration files, filled in; what an operator would copy to begin with. */
export const demoConfig = Object.freeze({
  proxy: (variables: Variables): ProxyConfig => load('demo.yaml', variables) as ProxyConfig,
  control: (variables: Variables): ControlConfig => load('demo-control.yaml', variables) as ControlConfig,
})

function load(name: string, variables: Variables): Config {
  const file = join(directory, name)
  const loaded = loadConfig(readFileSync(file, 'utf8'), file, variables, path => readFileSync(path, 'utf8'))
  if ('config' in loaded) return loaded.config
  throw new Error(`the demo's own configuration is wrong:\n${loaded.mistakes.map(formatMistake).join('\n')}`)
}
