import type { Command } from './command.ts'
import { readConfigOf } from './config-file.ts'
import { exitCodes } from './exit.ts'
import { serveUntilSignal, startFailure } from './serve.ts'

export const command: Command = {
  usage: '--config FILE',
  options: { config: { type: 'string', value: 'FILE', meaning: 'The configuration, of kind: proxy' } },
  positionals: [0, 0],
  examples: [
    'postern proxy --config config/examples/proxy.yaml',
    'postern check proxy.yaml   # first, to be sure',
  ],
  run: async (values, _positionals, terminal) => {
    if (typeof values.config !== 'string') {
      terminal.err('postern: --config FILE is missing. Type: postern help proxy')
      return exitCodes.usage
    }
    const read = readConfigOf('proxy', values.config, terminal)
    if (read === null) return exitCodes.usage
    const { startProxy } = await import('../proxy/wire.ts')
    try {
      return await serveUntilSignal(await startProxy(read.config), terminal)
    } catch (error) {
      terminal.err(`postern: the sidecar could not start: ${startFailure(error)}`)
      return exitCodes.failed
    }
  },
}
