import type { ControlConfig, ProxyConfig } from '../config/config.ts'
import { formatMistake } from '../config/mistake.ts'
import { routeRules } from '../config/routes.ts'
import type { Command } from './command.ts'
import { readConfig } from './config-file.ts'
import { exitCodes } from './exit.ts'

export const command: Command = {
  usage: '[--without-secrets] FILE',
  options: {
    'without-secrets': {
      type: 'boolean',
      meaning: 'Take files with secrets for granted, on a machine that does not have them',
    },
  },
  positionals: [1, 1],
  examples: [
    'postern check proxy.yaml',
    'postern check --without-secrets config/examples/proxy.yaml',
    'POSTERN_REDIS=redis://127.0.0.1 postern check proxy.yaml',
  ],
  run: async (values, positionals, terminal) => {
    const file = positionals[0]!
    const read =
      values['without-secrets'] === true ? readConfig(file, terminal, () => '-') : readConfig(file, terminal)
    if (read === null) return exitCodes.usage
    for (const warning of read.warnings) terminal.out(`warning: ${formatMistake({ ...warning, file })}`)
    const { config } = read
    terminal.out(`${file}: fine. ${config.kind === 'proxy' ? aboutProxy(config) : aboutControl(config)}`)
    return exitCodes.ok
  },
}

function aboutProxy(config: ProxyConfig): string {
  const rules = routeRules(config)
  const open = rules.filter(rule => rule.permission === null).length
  const closed = rules.filter(rule => rule.isolation.by === 'nothing').length
  return (
    `A sidecar of ${config.service.name}: ${counted(rules.length, 'route')} (${open} public, ${closed} closed), ` +
    `${counted(config.issuers.length, 'issuer')}, ${config.redis === null ? 'no Redis' : 'with Redis'}.`
  )
}

function aboutControl(config: ControlConfig): string {
  const { subjects, issuers } = config.services
  return (
    `A control plane for ${counted(subjects.length, 'service')} of ${counted(issuers.length, 'issuer')}, ` +
    `${config.redis === null ? 'no Redis' : 'with Redis'}.`
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
