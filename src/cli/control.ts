import { systemClock } from '../lib/clock.ts'
import { createLog, standardOutput } from '../telemetry/logger.ts'
import type { Command } from './command.ts'
import { readConfigOf } from './config-file.ts'
import { exitCodes } from './exit.ts'
import { serveUntilSignal, startFailure } from './serve.ts'

export const command: Command = {
  usage: '--config FILE',
  options: { config: { type: 'string', value: 'FILE', meaning: 'The configuration, of kind: control' } },
  positionals: [0, 0],
  examples: [
    'postern control --config config/examples/control.yaml',
    'postern migrate --config control.yaml   # first, once per version',
  ],
  run: async (values, _positionals, terminal) => {
    if (typeof values.config !== 'string') {
      terminal.err('postern: --config FILE is missing. Type: postern help control')
      return exitCodes.usage
    }
    const read = readConfigOf('control', values.config, terminal)
    if (read === null) return exitCodes.usage
    const { level, bufferBytes } = read.config.log
    const log = createLog({
      level,
      bufferBytes,
      destination: standardOutput,
      onDrop: () => {},
      clock: systemClock,
    })
    const { startConfiguredControl } = await import('../control/wire-config.ts')
    try {
      const control = await startConfiguredControl(read.config, { log, clock: systemClock })
      log.info({ url: control.url }, 'the control plane listens')
      return await serveUntilSignal({ drain: control.close, close: log.close }, terminal)
    } catch (error) {
      terminal.err(`postern: the control plane could not start: ${startFailure(error)}`)
      return exitCodes.failed
    }
  },
}
