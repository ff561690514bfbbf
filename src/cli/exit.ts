/** What the process tells the shell: 64 is EX_USAGE of sysexits.h, for a command line or a configuration that is wrong. */
export const exitCodes = Object.freeze({ ok: 0, failed: 1, usage: 64 })

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
