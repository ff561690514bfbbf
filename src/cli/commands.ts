import type { Command } from './command.ts'

export type CommandEntry = {
  /** One line, for the list of commands. */
  readonly summary: string
  /** Loaded only when it is asked for: a sidecar does not load what the demo needs. */
  readonly load: () => Promise<{ readonly command: Command }>
}

export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['dev', { summary: 'Run everything in one process, to try it out', load: () => import('./dev.ts') }],
  ['proxy', { summary: 'Run the sidecar in front of a service', load: () => import('./proxy.ts') }],
  ['control', { summary: 'Run the control plane', load: () => import('./control.ts') }],
  ['migrate', { summary: 'Bring the database up to this version', load: () => import('./migrate.ts') }],
  [
    'operator',
    { summary: 'Say who runs the platform, and let them into a tenant', load: () => import('./operator.ts') },
  ],
  ['revoke', { summary: 'Make tokens void before they expire', load: () => import('./revoke.ts') }],
  ['check', { summary: 'Say what is wrong with a configuration file', load: () => import('./check.ts') }],
  ['token', { summary: 'Print a token of a running demo', load: () => import('./token.ts') }],
])
