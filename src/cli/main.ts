#!/usr/bin/env node
import type { Terminal } from './command.ts'
import { runCommandLine } from './command-line.ts'
import { exitCodes } from './exit.ts'

/** Whatever a finished command left open may not keep the process alive for longer. */
const graceMs = 1000

const terminal: Terminal = {
  out: line => void process.stdout.write(`${line}\n`),
  err: line => void process.stderr.write(`${line}\n`),
  env: process.env,
  directory: process.cwd(),
  interactive: process.stdout.isTTY === true,
}

runCommandLine(process.argv.slice(2), terminal)
  .catch(error => {
    terminal.err(`postern: ${error instanceof Error ? error.stack : 'something that is no Error was thrown'}`)
    return exitCodes.failed
  })
  .then(code => {
    process.exitCode = code
    setTimeout(() => process.exit(), graceMs).unref()
  })
